using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tenon.Tokenizers.Files;

namespace Tenon.Tokenizers.Chat;

/// <summary>
/// Finds and writes the chat template in a tokenizer's files: <c>chat_template.jinja</c>, otherwise <c>chat_template</c> in
/// <c>tokenizer_config.json</c>, which is a template or a list of named ones.
/// </summary>
internal static class ChatTemplateFiles
{
    /// <summary>The file that contains only the template.</summary>
    public const string TemplateFile = "chat_template.jinja";

    private const string Key = "chat_template";
    private const string Default = "default";
    private const string ForTools = "tool_use";

    /// <summary>Returns the template; null if there is none.</summary>
    /// <param name="tokenizer">Encodes rendered conversations.</param>
    /// <param name="files">The tokenizer's files.</param>
    /// <exception cref="DataException">The configuration is malformed.</exception>
    public static ChatTemplate? Find(PipelineTokenizer tokenizer, TokenizerFiles files)
    {
        if (files.Find(TemplateFile) is { } content)
            return new ChatTemplate(tokenizer, TemplateFile, Encoding.UTF8.GetString(content));
        if (files.Json("", SpecialTokenNames.ConfigFile)?.Child(Key) is not { } section)
            return null;
        string file = $"'{Key}' in {SpecialTokenNames.ConfigFile}";
        if (section.Value.ValueKind != JsonValueKind.Array)
            return new ChatTemplate(tokenizer, file, section.AsText());
        (string Name, string Source)[] named =
            [.. section.Items().Select(item => (item.Required("name").AsText(), item.Required("template").AsText()))];
        if (named.Length == 0)
            return null;
        string? source = Of(Default) ?? (named.Length == 1 ? named[0].Source : null);
        return source is not null
            ? new ChatTemplate(tokenizer, file, source, Of(ForTools))
            : throw section.Error($"has the templates {string.Join(", ", named.Select(one => one.Name))}, but none named " +
                $"'{Default}'; rename one");

        string? Of(string name) => named.FirstOrDefault(one => one.Name == name).Source;
    }

    /// <summary>Returns the files with another template, where current and older versions of transformers look for it.</summary>
    /// <param name="files">The files.</param>
    /// <param name="source">The template.</param>
    public static TokenizerFiles With(TokenizerFiles files, string source) => files.Replace(all =>
    {
        all[TemplateFile] = Encoding.UTF8.GetBytes(source);
        if (!all.TryGetValue(SpecialTokenNames.ConfigFile, out byte[]? config))
            return;
        var changed = JsonObject.Create(JsonSection.Parse(SpecialTokenNames.ConfigFile, config).Value)!;
        changed[Key] = source;
        all[SpecialTokenNames.ConfigFile] = HuggingFaceWriter.Bytes(changed);
    });
}
