namespace Tenon;

/// <summary>
/// Marks an assembly as a Tenon plugin. The host reads the attribute from metadata, before any of the assembly's code is loaded.
/// The plugin's version is the assembly's (<c>AssemblyInformationalVersion</c>), and the contract version that it needs is that of
/// its reference to <c>Tenon.Abstractions</c>.
/// </summary>
/// <param name="id">The permanent id in lower case, with dots between words: <c>tenon.gpt</c>, <c>contoso.retnet</c>.</param>
/// <param name="summary">One line that <c>tenon plugins</c> shows.</param>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class PluginAttribute(string id, string summary) : Attribute
{
    /// <summary>The permanent id of the plugin.</summary>
    public string Id { get; } = id;

    /// <summary>One-line description of the plugin.</summary>
    public string Summary { get; } = summary;
}
