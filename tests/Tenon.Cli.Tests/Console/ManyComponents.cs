using NuGet.Versioning;
using Spectre.Console;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Cli.Tests.Console;

/// <summary>A catalogue of realistic names and sizes, without plugins: 20 architectures, 15 strategies and two devices.</summary>
internal static class ManyComponents
{
    private static readonly PluginInfo Plugin = new("contoso.many-components", new NuGetVersion(1, 2, 3), null, null);

    public static IReadOnlyList<ComponentInfo> Architectures { get; } =
    [
        Architecture("bert", "IMaskedLanguageModel", "ILanguageModel", "IPromptTunable"),
        Architecture("clip", "IEmbedder"),
        Architecture("codegen-classifier", "IClassifier", "IRewardModel"),
        Architecture("deberta-v2", "IMaskedLanguageModel", "ILanguageModel"),
        Architecture("detr-object-detection", "IDetector"),
        Architecture("diffusion", "IDenoiser", "IPolicy"),
        Architecture("diffusion-transformer", "IDenoiser"),
        Architecture("gemma", "ICausalLanguageModel", "ILanguageModel", "IPolicy"),
        Architecture("gpt", "ICausalLanguageModel", "ILanguageModel", "IPolicy", "IPromptTunable"),
        Architecture("gpt-classifier", "IClassifier", "IRewardModel"),
        Architecture("gpt-neox", "ICausalLanguageModel", "ILanguageModel", "IPolicy"),
        Architecture("llama", "ICausalLanguageModel", "ILanguageModel", "IPolicy", "IPromptTunable"),
        Architecture("mamba-state-space-model", "ICausalLanguageModel", "ILanguageModel"),
        Architecture("mistral", "ICausalLanguageModel", "ILanguageModel", "IPolicy"),
        Architecture("roberta", "IMaskedLanguageModel", "ILanguageModel", "IPromptTunable"),
        Architecture("segment-anything", "ISegmenter"),
        Architecture("swin", "IClassifier"),
        Architecture("t5-encoder-decoder", "ILanguageModel", "IPolicy"),
        Architecture("vit", "IClassifier", "IPromptTunable"),
        Architecture("whisper", "ITranscriber"),
    ];

    public static IReadOnlyList<ComponentInfo> Strategies { get; } =
    [
        Strategy("adapter-fusion", "IModel"),
        Strategy("consistency-distillation", "IDenoiser"),
        Strategy("contrastive", "IEmbedder"),
        Strategy("distillation", "IClassifier"),
        Strategy("dpo", "IPolicy", "PreferenceExample"),
        Strategy("finetune", "IModel"),
        Strategy("grpo", "IPolicy"),
        Strategy("kto", "IPolicy", "RatedTextExample"),
        Strategy("lora", "IModel"),
        Strategy("online-dpo", "IPolicy"),
        Strategy("ppo", "IPolicy"),
        Strategy("pretrain", "IModel"),
        Strategy("priming", "ILanguageModel"),
        Strategy("ptuning", "IPromptTunable"),
        Strategy("reward", "IRewardModel"),
    ];

    public static IReadOnlyList<ComponentInfo> Devices { get; } =
    [
        Component(ComponentKind.Device, "cpu"),
        Component(ComponentKind.Device, "cuda"),
    ];

    public static IReadOnlyList<ComponentInfo> All { get; } = [.. Architectures, .. Strategies, .. Devices];

    /// <summary>The lines that something writes to a plain console.</summary>
    public static IReadOnlyList<string> Lines(int width, Action<IAnsiConsole> write)
    {
        var text = new StringWriter();
        IAnsiConsole console = Cli.Console.Terminal.Create(text);
        console.Profile.Width = width;
        write(console);
        return text.ToString().ReplaceLineEndings("\n").Split('\n');
    }

    private static ComponentInfo Architecture(string name, params string[] capabilities)
    {
        string[] collates = capabilities.Contains("ICausalLanguageModel") ? ["PreferenceExample"] : [];
        return Component(ComponentKind.Architecture, name, capabilities: capabilities, collates: collates);
    }

    private static ComponentInfo Strategy(string name, string needs, params string[] learnsFrom) =>
        Component(ComponentKind.Strategy, name, needs, learnsFrom: learnsFrom);

    private static ComponentInfo Component(
        ComponentKind kind,
        string name,
        string? needs = null,
        string[]? capabilities = null,
        string[]? collates = null,
        string[]? learnsFrom = null) =>
        new(Plugin, kind, name, () => throw new InvalidOperationException("Listings read no options."))
        {
            Summary = $"The {kind} {name} of a description that is long enough to need a second line, and sometimes a third",
            Stability = Stability.Preview,
            TypeName = "Contoso.Component",
            Subject = needs is null ? null : $"Tenon.{needs}",
            Capabilities = Full(capabilities),
            Collates = Full(collates),
            LearnsFrom = Full(learnsFrom),
        };

    private static string[] Full(string[]? types) => [.. (types ?? []).Select(type => $"Tenon.{type}")];
}
