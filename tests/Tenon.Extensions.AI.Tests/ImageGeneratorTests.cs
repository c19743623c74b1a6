#pragma warning disable MEAI001 // Image generators are in preview.
using System.Drawing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Tenon.Host.Inference.Images;
using Tenon.Server.Tests;

namespace Tenon.Extensions.AI.Tests;

/// <summary>A diffusion model as <see cref="IImageGenerator"/>.</summary>
[Collection(ServedModelsInOneProcess.Name)]
public sealed class ImageGeneratorTests(Served served)
{
    [Fact]
    public async Task Images_are_drawn_from_a_seed()
    {
        await using TenonImageGenerator generator = Generator();
        ImageGenerationOptions Seeded(int count) => new()
        {
            Count = count,
            RawRepresentationFactory = _ => new ImageSamplingOptions { Seed = 5 },
        };

        ImageGenerationResponse two = await generator.GenerateAsync(new ImageGenerationRequest("3"), Seeded(2));
        ImageGenerationResponse one = await generator.GenerateAsync(new ImageGenerationRequest("3"), Seeded(1));
        byte[][] images = [.. two.Contents.Cast<DataContent>().Select(image => image.Data.ToArray())];

        images.Should().HaveCount(2);
        images.Should().OnlyContain(image => image[1] == 'P' && image[2] == 'N' && image[3] == 'G');
        images[1].Should().NotEqual(images[0]);
        ((DataContent)one.Contents[0]).Data.ToArray().Should().Equal(images[0]);
        ((DataContent)one.Contents[0]).MediaType.Should().Be("image/png");
    }

    [Fact]
    public async Task A_container_has_an_image_generator()
    {
        var services = new ServiceCollection();
        services.AddTenonImageGenerator(served.Model("images"), InProcess.Configure);
        await using ServiceProvider provider = services.BuildServiceProvider();

        ImageGenerationResponse response = await provider.GetRequiredService<IImageGenerator>()
            .GenerateAsync(new ImageGenerationRequest("7"));

        response.Contents.Should().ContainSingle().Which.Should().BeOfType<DataContent>();
    }

    [Fact]
    public async Task What_cannot_be_honoured_is_refused()
    {
        await using TenonImageGenerator generator = Generator();
        Func<Task> Request(string prompt, ImageGenerationOptions? options = null) =>
            () => generator.GenerateAsync(new ImageGenerationRequest(prompt), options);

        await Request("cat").Should().ThrowAsync<ModelException>().WithMessage("The model has no class 'cat'. It has: 0, 1,*");
        await Request("3", new() { ImageSize = new Size(256, 256) }).Should().ThrowAsync<ArgumentOutOfRangeException>()
            .WithMessage("'ImageSize' is 256x256, but the images of the model have *");
        await Request("3", new() { MediaType = "image/jpeg" }).Should().ThrowAsync<NotSupportedException>()
            .WithMessage("*'MediaType = image/jpeg'*");
        await Request("3", new() { ResponseFormat = ImageGenerationResponseFormat.Uri }).Should().ThrowAsync<NotSupportedException>()
            .WithMessage("*'ResponseFormat = Uri'*");
        await Request("3", new() { Count = 0 }).Should().ThrowAsync<ArgumentOutOfRangeException>().WithMessage("'Count' is 0;*");
        Func<Task> edit = () => generator.GenerateAsync(
            new ImageGenerationRequest("3", [new DataContent(new byte[] { 1 }, "image/png")]));
        await edit.Should().ThrowAsync<NotSupportedException>().WithMessage("*'OriginalImages'*");
    }

    private TenonImageGenerator Generator() => new(served.Host, served.Model("images"), InProcess.Options());
}
