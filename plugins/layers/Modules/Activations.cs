namespace Tenon.Layers;

/// <summary>Activation functions by the names that Hugging Face configurations use.</summary>
public static class Activations
{
    private static readonly SortedDictionary<string, Func<Tensor, Tensor>> ByName = new(StringComparer.Ordinal)
    {
        ["gelu"] = x => F.gelu(x),
        ["gelu_fast"] = TanhGelu,
        ["gelu_new"] = TanhGelu,
        ["gelu_pytorch_tanh"] = TanhGelu,
        ["linear"] = x => x.alias(),
        ["mish"] = x => F.mish(x),
        ["quick_gelu"] = QuickGelu,
        ["relu"] = x => F.relu(x),
        ["relu6"] = x => F.relu6(x),
        ["sigmoid"] = x => x.sigmoid(),
        ["silu"] = Silu,
        ["swish"] = Silu,
        ["tanh"] = x => x.tanh(),
    };

    /// <summary>The names, sorted.</summary>
    public static IReadOnlyCollection<string> Names => ByName.Keys;

    /// <summary>Finds a function by its name. Its result is in the current dispose scope; its input is not disposed.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="key">The configuration key that holds the name, for the message.</param>
    /// <exception cref="ModelException">No function has this name.</exception>
    public static Func<Tensor, Tensor> Find(string name, string key)
    {
        ArgumentNullException.ThrowIfNull(name);
        return ByName.TryGetValue(name, out Func<Tensor, Tensor>? function)
            ? function
            : throw new ModelException(
                $"'{key}' is '{name}', which is not a known activation function." +
                $"{NearestName.Question(name, Names)} Allowed: {string.Join(", ", Names)}.");
    }

    /// <summary>x·σ(x) (Elfwing et al. 2017), in the current dispose scope.</summary>
    /// <param name="x">Any floating-point tensor. Not disposed.</param>
    public static Tensor Silu(Tensor x) => F.silu(x);

    /// <summary>Applies a function to a tensor that is not needed afterwards, in its memory if the function can.</summary>
    /// <param name="function">From <see cref="Find"/>.</param>
    /// <param name="x">Any floating-point tensor without gradient. Its values may change; not disposed.</param>
    /// <returns>The result, which may share memory with <paramref name="x"/>, in the current dispose scope.</returns>
    internal static Tensor InPlace(Func<Tensor, Tensor> function, Tensor x) => function == Silu ? F.silu(x, inplace: true) : function(x);

    /// <summary>Whether a function is GPT-2's GELU, the approximation with a hyperbolic tangent.</summary>
    /// <param name="function">From <see cref="Find"/>.</param>
    internal static bool IsTanhGelu(Func<Tensor, Tensor> function) => function == TanhGelu;

    // 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))), equation 2 of Hendrycks and Gimpel (2016).
    private static Tensor TanhGelu(Tensor x) => F.gelu(x, TorchSharp.Modules.GELU.Approximate.tanh);

    // x σ(1.702 x), the other approximation of the same paper.
    private static Tensor QuickGelu(Tensor x)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return (x * (x * 1.702).sigmoid()).MoveToOuterDisposeScope();
    }
}
