using Microsoft.Extensions.AI;
using Tenon.Host;
using Tenon.Host.Inference.Text;
using Tenon.Server.Tests;

namespace Tenon.Extensions.AI.Tests;

/// <summary>A model that embeds texts as <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/>.</summary>
[Collection(ServedModelsInOneProcess.Name)]
public sealed class EmbeddingGeneratorTests(Served served)
{
    private static readonly string[] Texts = ["the cat", "the dog sees the bird"];

    [Fact]
    public async Task Vectors_are_those_of_the_library()
    {
        await using TenonEmbeddingGenerator generator = Generator("masked");
        await using ModelThread model = await served.Host.OpenAsync(served.Model("masked"), "cpu", ["--device:threads=1"]);

        GeneratedEmbeddings<Embedding<float>> embeddings = await generator.GenerateAsync(Texts);
        float[][] expected = await model.EmbedAsync(Texts);

        embeddings.Select(embedding => embedding.Vector.ToArray()).Should().BeEquivalentTo(expected, each => each.WithStrictOrdering());
        embeddings.Usage!.InputTokenCount.Should().BeGreaterThan(1);
        embeddings[0].ModelId.Should().Be("masked");
        (await generator.GenerateAsync([])).Should().BeEmpty();
    }

    [Fact]
    public async Task Dimensions_keep_the_first_components_and_pooling_can_be_chosen()
    {
        await using TenonEmbeddingGenerator generator = Generator("masked");

        float[] whole = (await generator.GenerateVectorAsync(Texts[0])).ToArray();
        float[] half = (await generator.GenerateVectorAsync(Texts[0], new EmbeddingGenerationOptions { Dimensions = 16 })).ToArray();
        float[] largest = (await generator.GenerateVectorAsync(Texts[0], new EmbeddingGenerationOptions
        {
            RawRepresentationFactory = _ => new Pooling([PoolingMode.Max]),
        })).ToArray();

        half.Should().HaveCount(16);
        half.Sum(value => value * value).Should().BeApproximately(1, 1e-5f);
        (half[3] / half[0]).Should().BeApproximately(whole[3] / whole[0], 1e-4f);
        largest.Should().HaveCount(32).And.NotBeEquivalentTo(whole);
    }

    [Fact]
    public async Task What_cannot_be_honoured_is_refused()
    {
        await using TenonEmbeddingGenerator generator = Generator("masked");
        await using TenonEmbeddingGenerator images = Generator("images");

        Func<Task> dimensions = () => generator.GenerateAsync(Texts, new EmbeddingGenerationOptions { Dimensions = 33 });
        Func<Task> model = () => generator.GenerateAsync(Texts, new EmbeddingGenerationOptions { ModelId = "other" });
        Func<Task> property = () => generator.GenerateAsync(
            Texts, new EmbeddingGenerationOptions { AdditionalProperties = new() { ["user"] = "x" } });
        Func<Task> tooLong = () => generator.GenerateAsync(["the cat", string.Concat(Enumerable.Repeat("the cat sees ", 30))]);
        Func<Task> denoiser = () => images.OpenAsync();

        await dimensions.Should().ThrowAsync<ArgumentOutOfRangeException>().WithMessage("'Dimensions' is 33; allowed: 1 … 32.*");
        await model.Should().ThrowAsync<NotSupportedException>().WithMessage("'ModelId' is 'other'*");
        await property.Should().ThrowAsync<NotSupportedException>().WithMessage("*AdditionalProperties[\"user\"]*");
        await tooLong.Should().ThrowAsync<ModelException>().WithMessage("1 of the texts have more tokens than the model reads.*");
        await denoiser.Should().ThrowAsync<ModelException>();
    }

    private TenonEmbeddingGenerator Generator(string model) => new(served.Host, served.Model(model), InProcess.Options());
}
