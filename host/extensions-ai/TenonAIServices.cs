using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Tenon.Host;

namespace Tenon.Extensions.AI;

/// <summary>
/// Registers models of Tenon as services of Microsoft.Extensions.AI, each as a singleton that the container disposes, with a
/// <see cref="TenonHost"/> (<see cref="TenonServices.AddTenon"/>). Each service opens its own copy of its model with its first request.
/// </summary>
public static class TenonAIServices
{
    /// <summary>Adds a language model with a chat template as the <see cref="IChatClient"/>.</summary>
    /// <param name="services">The program's services.</param>
    /// <param name="folder">A run's folder, or a model folder in Hugging Face's layout.</param>
    /// <param name="configure">Changes how the model is opened; null for the defaults.</param>
    /// <returns>A builder that adds functions, a cache, telemetry and others around the client.</returns>
    public static ChatClientBuilder AddTenonChatClient(
        this IServiceCollection services, string folder, Action<TenonModelOptions>? configure = null)
    {
        TenonModelOptions options = Options(services, folder, configure);
        return services.AddChatClient(provider => new TenonChatClient(provider.GetRequiredService<TenonHost>(), folder, options));
    }

    /// <summary>Adds a model that embeds texts as the <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/> of texts.</summary>
    /// <param name="services">The program's services.</param>
    /// <param name="folder">A run's folder, or a model folder in Hugging Face's layout.</param>
    /// <param name="configure">Changes how the model is opened; null for the defaults.</param>
    /// <returns>A builder that adds a cache, telemetry and others around the generator.</returns>
    public static EmbeddingGeneratorBuilder<string, Embedding<float>> AddTenonEmbeddingGenerator(
        this IServiceCollection services, string folder, Action<TenonModelOptions>? configure = null)
    {
        TenonModelOptions options = Options(services, folder, configure);
        return services.AddEmbeddingGenerator<string, Embedding<float>>(
            provider => new TenonEmbeddingGenerator(provider.GetRequiredService<TenonHost>(), folder, options));
    }

    /// <summary>Adds a diffusion model as the <see cref="IImageGenerator"/>.</summary>
    /// <param name="services">The program's services.</param>
    /// <param name="folder">A run's folder, or a model folder in Hugging Face's layout.</param>
    /// <param name="configure">Changes how the model is opened; null for the defaults.</param>
    /// <returns>A builder that adds telemetry and others around the generator.</returns>
    [Experimental("MEAI001")]
    public static ImageGeneratorBuilder AddTenonImageGenerator(
        this IServiceCollection services, string folder, Action<TenonModelOptions>? configure = null)
    {
        TenonModelOptions options = Options(services, folder, configure);
        return services.AddImageGenerator(provider => new TenonImageGenerator(provider.GetRequiredService<TenonHost>(), folder, options));
    }

    private static TenonModelOptions Options(IServiceCollection services, string folder, Action<TenonModelOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        services.AddTenon();
        var options = new TenonModelOptions();
        configure?.Invoke(options);
        return options;
    }
}
