namespace Tenon;

/// <summary>
/// A model whose layers several processes can divide (tensor parallelism: Shoeybi et al. 2019, section 3). Each process then computes its
/// part of the attention heads, of the feed-forward networks and of the vocabulary, for the same rows.
/// </summary>
public interface IDividesLayers : IModel
{
    /// <summary>The sizes that the number of processes must divide, by the name of the option that sets them.</summary>
    IReadOnlyDictionary<string, long> DividedSizes { get; }

    /// <summary>
    /// How the parameters are divided, by their names in the state dictionary. Parameters without an entry are whole in every process,
    /// which computes the same gradients for them. Empty before <see cref="Divide"/>.
    /// </summary>
    IReadOnlyDictionary<string, TensorDivision> Divisions { get; }

    /// <summary>
    /// Keeps this process's part of each divided parameter. From then on, all processes call the members of the model at the same time
    /// with the same inputs, and get the same results. Called at most once, before any other use of the model.
    /// </summary>
    /// <param name="ranks">
    /// The processes, whose models have the same parameters. Their number divides all <see cref="DividedSizes"/>. Not owned; used as
    /// long as the model.
    /// </param>
    void Divide(ICommunicator ranks);
}
