using Tenon.Host.Plugins.Loading;
using static TorchSharp.torch;

namespace Tenon.Host.Export;

/// <summary>A number format of GGUF files.</summary>
/// <param name="Name">Its name in llama.cpp, in lower case.</param>
/// <param name="Id">Its id for a tensor (ggml's <c>ggml_type</c>).</param>
/// <param name="FileType">Its id for a file whose matrices have this format (<c>general.file_type</c>).</param>
/// <param name="BlockSize">Numbers in a block. A row is a whole number of blocks.</param>
/// <param name="BlockBytes">Bytes of a block.</param>
internal sealed record GgufType(string Name, uint Id, uint FileType, int BlockSize, int BlockBytes)
{
    /// <summary>float32.</summary>
    public static GgufType F32 { get; } = new("f32", 0, 0, 1, sizeof(float));

    /// <summary>float16.</summary>
    public static GgufType F16 { get; } = new("f16", 1, 1, 1, 2);

    /// <summary>bfloat16.</summary>
    public static GgufType Bf16 { get; } = new("bf16", 30, 32, 1, 2);

    /// <summary>8-bit integers with a float16 scale for each 32 of them (<see cref="Q8Blocks"/>).</summary>
    public static GgufType Q8 { get; } = new("q8_0", 8, 7, Q8Blocks.Size, Q8Blocks.Bytes);

    private static readonly GgufType[] _all = [F32, F16, Bf16, Q8];

    /// <summary>All names.</summary>
    public static string[] Names { get; } = [.. _all.Select(type => type.Name)];

    /// <summary>Returns the format that is equal to a type.</summary>
    /// <param name="type">float32, float16 or bfloat16.</param>
    public static GgufType Of(ScalarType type) => type switch
    {
        ScalarType.Float16 => F16,
        ScalarType.BFloat16 => Bf16,
        _ => F32,
    };

    /// <summary>Finds a format.</summary>
    /// <exception cref="OptionsException">There is no such format.</exception>
    public static GgufType Find(string name) => _all.FirstOrDefault(type => type.Name == name)
        ?? throw new OptionsException($"There is no weight format '{name}'. Supported in GGUF files: {string.Join(", ", Names)}.");
}
