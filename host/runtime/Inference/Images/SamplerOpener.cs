using Microsoft.Extensions.Configuration;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Recipes;

namespace Tenon.Host.Inference.Images;

/// <summary>Opens the sampler of a recipe or a command line, by default the first one that plugins provide.</summary>
/// <param name="components">Creates components.</param>
internal sealed class SamplerOpener(ComponentFactory components)
{
    /// <summary>Returns the sampler of a recipe.</summary>
    /// <param name="choice">The recipe's choice, or null.</param>
    /// <exception cref="NotOfferedException">No plugin provides the sampler.</exception>
    public ChosenSampler Open(ComponentChoice? choice)
    {
        choice ??= new ComponentChoice(
            ComponentKind.Sampler, First(), null, new ConfigurationBuilder().Build().GetSection(ComponentKind.Sampler.Section));
        Chosen<ISamplerFactory> sampler = components.Make<ISamplerFactory>(choice);
        return new ChosenSampler(choice.Use, sampler.Component, sampler.Options, choice.Options.GetValue<int?>("steps"));
    }

    /// <summary>Returns the sampler of a command line.</summary>
    /// <param name="name">Name of the sampler; null for the first one that plugins provide.</param>
    /// <param name="settings">Its options as on the command line: <c>--sampler:eta=0.5</c>.</param>
    /// <exception cref="NotOfferedException">No plugin provides a sampler with that name.</exception>
    /// <exception cref="RecipeException">A setting is invalid; the exception contains all findings.</exception>
    public ChosenSampler Open(string? name, IReadOnlyList<string> settings)
    {
        string[] known = [.. components.Catalogue.OfKind(ComponentKind.Sampler).Select(c => c.Name)];
        string use = name ?? First();
        return components.Catalogue.Find(ComponentKind.Sampler, use) is { } sampler
            ? Open(ComponentSettings.Choose(sampler, settings))
            : throw new NotOfferedException($"Unknown sampler '{use}'. Available: " +
                $"{string.Join(", ", known)}.{NearestName.Question(use, known)}{components.Catalogue.NotReady}");
    }

    private string First() => components.Catalogue.OfKind(ComponentKind.Sampler).FirstOrDefault()?.Name
        ?? throw new NotOfferedException("No plugin provides a sampler for diffusion models. Add one to plugins.json, such as " +
            $"tenon.samplers.{components.Catalogue.NotReady}");
}
