using System.Text.Json.Nodes;
using Tenon.Host.Artifacts;

namespace Tenon.Host.Export;

/// <summary>
/// The files that a tokenizer writes for Hugging Face's tokenizers. They contain its rules, which <see cref="ITokenizer"/> does not
/// expose.
/// </summary>
/// <param name="Tokenizer">The tokenizer.</param>
/// <param name="Rules">The content of <c>tokenizer.json</c>.</param>
/// <param name="Templates">Its chat templates by name; the default one is <see cref="DefaultTemplate"/>.</param>
internal sealed record SavedTokenizer(ITokenizer Tokenizer, JsonObject Rules, IReadOnlyDictionary<string, string> Templates)
{
    /// <summary>The name of the chat template that applies unless another one is requested.</summary>
    public const string DefaultTemplate = "default";

    private const string RulesFile = "tokenizer.json";
    private const string ConfigurationFile = "tokenizer_config.json";
    private const string TemplateFile = "chat_template.jinja";
    private const string TemplateKey = "chat_template";

    /// <summary>Saves a tokenizer to a temporary folder and reads its files.</summary>
    /// <exception cref="ModelException">The tokenizer writes no tokenizer.json.</exception>
    public static SavedTokenizer Of(ITokenizer tokenizer)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("tenon-tokenizer-");
        try
        {
            tokenizer.Save(folder.FullName);
            string rules = Path.Combine(folder.FullName, RulesFile);
            if (!File.Exists(rules))
            {
                string files = string.Join(", ", folder.GetFiles().Select(file => file.Name).Order(StringComparer.Ordinal));
                throw new ModelException($"GGUF cannot hold this tokenizer: it has no {RulesFile}, only {files}.");
            }

            return new SavedTokenizer(tokenizer, JsonFile.ReadObject(rules), ReadTemplates(folder.FullName));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The model section.</summary>
    public JsonObject Model => Rules["model"]!.AsObject();

    /// <summary>The normalizers in order; sequences are flattened.</summary>
    public IReadOnlyList<JsonObject> Normalizers => Stages("normalizer", "normalizers");

    /// <summary>The pre-tokenizers in order; sequences are flattened.</summary>
    public IReadOnlyList<JsonObject> PreTokenizers => Stages("pre_tokenizer", "pretokenizers");

    /// <summary>Returns the type of a stage.</summary>
    public static string? TypeOf(JsonObject stage) => stage["type"]?.GetValue<string>();

    /// <summary>Reads a flag of a stage.</summary>
    public static bool Flag(JsonObject stage, string key, bool missing) => stage[key]?.GetValue<bool>() ?? missing;

    private JsonObject[] Stages(string section, string list)
    {
        return [.. Flat(Rules[section] as JsonObject)];

        IEnumerable<JsonObject> Flat(JsonObject? stage) => stage is null ? []
            : TypeOf(stage) == "Sequence" ? stage[list]!.AsArray().SelectMany(inner => Flat(inner as JsonObject)) : [stage];
    }

    // The configuration contains one template or a list of named ones. A template in its own file takes precedence.
    private static Dictionary<string, string> ReadTemplates(string folder)
    {
        var templates = new Dictionary<string, string>();
        string configuration = Path.Combine(folder, ConfigurationFile), own = Path.Combine(folder, TemplateFile);
        JsonNode? node = File.Exists(configuration) ? JsonFile.ReadObject(configuration)[TemplateKey] : null;
        if (node is JsonArray list)
        {
            foreach (JsonObject template in list.OfType<JsonObject>())
                templates[template["name"]!.GetValue<string>()] = template["template"]!.GetValue<string>();
        }
        else if (node is not null)
        {
            templates[DefaultTemplate] = node.GetValue<string>();
        }

        if (File.Exists(own))
            templates[DefaultTemplate] = File.ReadAllText(own);
        return templates;
    }
}
