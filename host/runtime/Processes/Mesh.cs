namespace Tenon.Host.Processes;

/// <summary>
/// The groups of a job's processes: one for each line of the grid data × pipeline × tensor through this process. Made by all
/// processes at the same time.
/// </summary>
internal sealed class Mesh : IDisposable
{
    private readonly List<ICommunicator> _made = [];

    /// <summary>Divides the processes.</summary>
    /// <param name="all">All processes. Not owned.</param>
    /// <param name="layout">Its sizes, whose product is the number of processes.</param>
    /// <exception cref="CommunicationException">The communication failed.</exception>
    public Mesh(ICommunicator all, ParallelLayout layout)
    {
        (All, Layout, Place) = (all, layout, layout.PlaceOf(all.Rank));
        Data = Group(layout.Data, Place.Stage * layout.Tensor + Place.Tensor, Place.Data);
        Pipeline = Group(layout.Pipeline, Place.Data * layout.Tensor + Place.Tensor, Place.Stage);
        Tensor = Group(layout.Tensor, Place.Data * layout.Pipeline + Place.Stage, Place.Tensor);
    }

    /// <summary>All processes.</summary>
    public ICommunicator All { get; }

    /// <summary>The sizes.</summary>
    public ParallelLayout Layout { get; }

    /// <summary>The place of this process.</summary>
    public ParallelPlace Place { get; }

    /// <summary>The processes with the same part of the model, which divide each batch.</summary>
    public ICommunicator Data { get; }

    /// <summary>The processes that divide the sequence of layers for the same rows, in the order of the stages.</summary>
    public ICommunicator Pipeline { get; }

    /// <summary>The processes that divide each layer of the same stage for the same rows.</summary>
    public ICommunicator Tensor { get; }

    /// <summary>How long a process waits for the others.</summary>
    public TimeSpan Timeout
    {
        set
        {
            foreach (ICommunicator group in _made.Prepend(All))
                group.Timeout = value;
        }
    }

    /// <summary>Frees the groups. All processes do so at the same time.</summary>
    public void Dispose()
    {
        foreach (ICommunicator group in _made)
            group.Dispose();
    }

    private ICommunicator Group(int size, int color, int key)
    {
        if (size == All.Size)
            return All;
        ICommunicator group = size == 1 ? new SingleProcess() : All.Split(color, key);
        _made.Add(group);
        return group;
    }
}
