namespace Tenon;

/// <summary>
/// A model in llama.cpp's terms. The names are listed in gguf-py/gguf/constants.py of its repository. Keys omit the architecture's
/// prefix: <c>block_count</c> stands for <c>llama.block_count</c>.
/// </summary>
/// <param name="Architecture">The name of the architecture, <c>general.architecture</c>: <c>llama</c>.</param>
public sealed record GgufLayout(string Architecture)
{
    /// <summary>Sizes by key (<c>block_count</c>).</summary>
    public IReadOnlyDictionary<string, int> Counts { get; init; } = new Dictionary<string, int>();

    /// <summary>Other numbers by key (<c>rope.freq_base</c>).</summary>
    public IReadOnlyDictionary<string, double> Numbers { get; init; } = new Dictionary<string, double>();

    /// <summary>Texts by key (<c>rope.scaling.type</c>).</summary>
    public IReadOnlyDictionary<string, string> Texts { get; init; } = new Dictionary<string, string>();

    /// <summary>The tensors, by their names in the state dictionary. Contains every tensor of the state dictionary.</summary>
    public required IReadOnlyDictionary<string, GgufTensor> Tensors { get; init; }

    /// <summary>Vectors that the state dictionary lacks, by their names in the file (<c>rope_freqs.weight</c>).</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<float>> Vectors { get; init; } = new Dictionary<string, IReadOnlyList<float>>();

    /// <summary>The token that starts a document, for tokenizers that do not define one; null if there is none.</summary>
    public int? BeginOfText { get; init; }
}

/// <summary>A tensor of a state dictionary in a GGUF file. Matrices are stored there as [out, in].</summary>
/// <param name="Name">Its name in the file: <c>blk.0.attn_q.weight</c>.</param>
public sealed record GgufTensor(string Name)
{
    /// <summary>Whether the state dictionary stores the matrix as [in, out] (<see cref="ILinearMap.Transposed"/>).</summary>
    public bool IsTransposed { get; init; }

    /// <summary>
    /// Number of heads whose rows are reordered, or null for none. The model rotates dimension i of the first half of a head together
    /// with dimension i of its second half; llama.cpp rotates neighbors, so the halves are interleaved.
    /// </summary>
    public int? InterleavedHeads { get; init; }

    /// <summary>Whether the matrix stays float32 regardless of the format of the weights. Vectors always do.</summary>
    public bool IsFloat32 { get; init; }
}
