namespace Tenon.Layers;

/// <summary>
/// Published sizes by name, for an option <c>preset</c>. The names that <c>list</c> and <c>validate</c> show come from the
/// option's <c>[AllowedValues]</c>; a test compares the two lists.
/// <code>
/// public static Presets&lt;TransformerShape&gt; All { get; } = new("bert-base",
///     ("bert-base", new(12, 768, 12)),
///     ("bert-large", new(24, 1024, 16)));
///
/// TransformerShape sizes = All.Find(options.Preset).With(options.Layers, options.HiddenSize, options.Heads, options.FeedForwardSize);
/// </code>
/// </summary>
/// <typeparam name="T">The sizes.</typeparam>
public sealed class Presets<T> where T : class
{
    private readonly OrderedDictionary<string, T> _sizes = new(StringComparer.Ordinal);
    private readonly string _fallback;

    /// <summary>Lists the presets.</summary>
    /// <param name="fallback">The name of the preset for an option that is not set.</param>
    /// <param name="presets">Names with their sizes, in the order in which messages list them.</param>
    public Presets(string fallback, params ReadOnlySpan<(string Name, T Sizes)> presets)
    {
        foreach ((string name, T sizes) in presets)
            _sizes.Add(name, sizes);
        _fallback = _sizes.ContainsKey(fallback) ? fallback
            : throw new ArgumentException($"There is no preset '{fallback}'.", nameof(fallback));
    }

    /// <summary>The names, in the order in which they were listed.</summary>
    public IReadOnlyList<string> Names => _sizes.Keys;

    /// <summary>The sizes of a preset.</summary>
    /// <param name="name">One of <see cref="Names"/>, or null for the fallback.</param>
    /// <exception cref="ModelException">There is no preset with that name.</exception>
    public T Find(string? name) => _sizes.TryGetValue(name ?? _fallback, out T? sizes)
        ? sizes
        : throw new ModelException($"'preset' is '{name}'.{NearestName.Question(name!, Names)} Allowed: {string.Join(", ", Names)}.");
}
