using System.CommandLine;
using Tenon.Host.Planning;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Cli.Commands;

/// <summary>The options of <c>tenon plan</c> that plan a cluster.</summary>
internal sealed class PlanOptions
{
    private const string Papers = "papers";

    private readonly Option<string?> _cluster = new("--cluster")
    {
        Description = $"The cluster to plan: {string.Join(", ", ShippedClusters.Names)}, or a file, with two of --gpus, --tokens, --days " +
            "and --budget (training:batchSize of the recipe is the batch of the whole cluster); or this, the machine at hand, measured.",
    };

    private readonly Option<int?> _gpus = new("--gpus") { Description = "Number of GPUs, with --tokens or --days." };

    private readonly Option<double?> _tokens = new("--tokens")
    {
        Description = "Tokens to train on, such as 300e9; images for image models. With --gpus, --days or --budget.",
    };

    private readonly Option<double?> _days = new("--days") { Description = "Days that training may take, with --tokens or --gpus." };

    private readonly Option<double?> _budget = new("--budget") { Description = "Dollars that training may cost, with --tokens." };

    private readonly Option<double?> _price = new("--price")
    {
        Description = "Dollars of one GPU for an hour. Default: the price in the cluster's file, if there is one.",
    };

    private readonly Option<string?> _precision = new("--precision")
    {
        Description = "Precision of the matrix products: bf16, fp16, tf32 or fp32. Default: the first of them that the cluster has.",
    };

    private readonly Option<double?> _efficiency = new("--efficiency")
    {
        Description = "Share of the peak that computation reaches, above 0, up to 1, for example measured elsewhere. Default: estimated " +
            "from the matrix products and the bandwidth of memory.",
    };

    private readonly Option<bool> _measure = new("--measure")
    {
        Description = "Run the first steps of the recipe, for ten seconds or more, to measure the efficiency. With --cluster this.",
    };

    private readonly Option<string> _count = new("--count")
    {
        Description = "Sizes of numbers in memory: tenon, 32 bits for weights, gradients and moments; papers, 16 bits for weights and " +
            "gradients with a 32-bit master copy and moments.",
        DefaultValueFactory = _ => "tenon",
    };

    private readonly Option<double?> _storage = new("--storage")
    {
        Description = "GB per second at which the cluster writes a checkpoint. Default: 1 for each node.",
    };

    private readonly Option<double> _failures = new("--failure-hours")
    {
        Description = "Mean hours between failures of one GPU. Default: those of 16,384 GPUs in Dubey et al. 2024.",
        DefaultValueFactory = _ => Math.Round(ClusterRequest.DefaultHoursBetweenFailures),
    };

    private readonly Option<bool> _serve = new("--serve")
    {
        Description = "Plan generation instead of training: tokens per second, cache, and how many texts fit. With --cluster.",
    };

    private readonly Option<string?> _pictures = new("--pictures")
    {
        Description = "Folder for pictures of the plan: time.png, memory.png and timeline.png; with --published, cost.png. By default, " +
            "nothing is written.",
    };

    /// <summary>Prints the published figures; needs no recipe.</summary>
    public Option<bool> Published { get; } = new("--published")
    {
        Description = "Print published training times, layouts, memory and utilization next to the program's figures, without a recipe.",
    };

    /// <summary>Operations to spend; needs no recipe.</summary>
    public Option<double?> ComputeOptimal { get; } = new("--compute-optimal")
    {
        Description = "Print the size of a language model and of its data that scaling laws recommend for this number of operations, " +
            "such as 5.76e23, without a recipe.",
    };

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    public void AddTo(Command command)
    {
        _gpus.Accept(value => value is null or >= 1 and <= 1_000_000, "1 … 1000000");
        foreach (Option<double?> positive in new[] { _tokens, _days, _budget, _price, _storage, ComputeOptimal })
            positive.Accept(value => value is null || (value > 0 && double.IsFinite(value.Value)), "a number above 0");
        _efficiency.Accept(value => value is null or > 0 and <= 1, "a number above 0, up to 1");
        _failures.Accept(value => value > 0 && double.IsFinite(value), "a number above 0");
        _precision.AcceptOnlyFromAmong([.. Cluster.Precisions]);
        _count.AcceptOnlyFromAmong("tenon", Papers);
        foreach (Option option in new Option[]
            {
                _cluster, _gpus, _tokens, _days, _budget, _price, _precision, _efficiency, _measure, _count, _storage, _failures,
                _serve, _pictures, Published, ComputeOptimal,
            })
            command.Add(option);
    }

    /// <summary>The folder for pictures, or null.</summary>
    /// <param name="result">The command line.</param>
    public string? Pictures(ParseResult result) => result.GetValue(_pictures);

    /// <summary>Dollars of a GPU for an hour, or null.</summary>
    /// <param name="result">The command line.</param>
    public double? Price(ParseResult result) => result.GetValue(_price);

    /// <summary>Whether generation is planned.</summary>
    /// <param name="result">The command line.</param>
    public bool Serves(ParseResult result) => result.GetValue(_serve);

    /// <summary>Reads the request; null if no cluster is planned.</summary>
    /// <param name="result">The command line.</param>
    /// <exception cref="OptionsException">An option needs another one.</exception>
    public ClusterRequest? Request(ParseResult result)
    {
        var request = new ClusterRequest
        {
            Cluster = result.GetValue(_cluster) ?? "",
            Gpus = result.GetValue(_gpus),
            Units = result.GetValue(_tokens),
            Days = result.GetValue(_days),
            Budget = result.GetValue(_budget),
            Price = result.GetValue(_price),
            Precision = result.GetValue(_precision),
            Efficiency = result.GetValue(_efficiency),
            Measures = result.GetValue(_measure),
            CountsAsPapers = result.GetValue(_count) == Papers,
            StorageBandwidth = result.GetValue(_storage) * 1e9,
            HoursBetweenFailures = result.GetValue(_failures),
        };
        Option[] given = [.. new Option[]
            { _gpus, _tokens, _days, _budget, _price, _precision, _efficiency, _measure, _storage, _serve, _pictures }
            .Where(option => result.GetResult(option) is { Implicit: false })];
        if (request.Measures && !request.IsThisMachine)
            throw new OptionsException("--measure runs steps on the machine at hand, so it needs --cluster this.");
        if (request.Cluster.Length == 0)
        {
            return given.Length == 0 ? null : throw new OptionsException(
                $"{given[0].Name} needs --cluster: {string.Join(", ", ShippedClusters.Names)}, or a file.");
        }

        if (request.IsThisMachine)
            return OfThisMachine(request, given);
        bool[] goals = [request.Gpus is not null, request.Units is not null, request.Days is not null, request.Budget is not null];
        bool isAnswerable = goals is [true, true, false, false] or [false, true, true, false] or [false, true, false, true]
            or [true, false, true, false];
        if (!Serves(result) && !isAnswerable)
        {
            throw new OptionsException(
                "--cluster needs one of these pairs: --gpus and --tokens (finds the time), --days and --tokens (finds the GPUs), " +
                "--budget and --tokens (finds GPUs and time), --gpus and --days (finds the tokens); or --serve.");
        }

        return request;
    }

    private ClusterRequest OfThisMachine(ClusterRequest request, IEnumerable<Option> given)
    {
        Option[] others = [_gpus, _days, _budget, _precision, _serve, _pictures];
        if (given.Intersect(others).FirstOrDefault() is { } other)
        {
            throw new OptionsException(
                $"{other.Name} does not apply to --cluster this, which plans the recipe as it runs on one device of this machine. " +
                "Allowed: --tokens, --price, --efficiency, --measure and --storage.");
        }

        return request;
    }
}
