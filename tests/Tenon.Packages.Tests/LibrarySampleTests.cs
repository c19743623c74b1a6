namespace Tenon.Packages.Tests;

/// <summary>A program that uses Tenon as a library, from packages alone.</summary>
[Collection(Workbench.Name)]
public sealed class LibrarySampleTests(Workbench bench)
{
    [Fact]
    public void The_library_sample_trains_resumes_generates_embeds_and_opens_a_folder_from_transformers()
    {
        string sample = bench.CopySample("library");
        string pretrained = Path.Combine(Workbench.Root, "tests", "data", "goldens", "gpt2-tiny");

        bench.Dotnet(sample, "build", "Contoso.Training.slnx");
        string[] lines = bench.Dotnet(sample, "run", "--no-build", "--", pretrained).Split('\n', StringSplitOptions.TrimEntries);

        lines.Should().ContainMatch("step 100/200  loss * tokens/s").And.ContainMatch("step 200  validation loss *");
        lines.Should().ContainMatch("step 300/300  loss * tokens/s")
            .And.NotContainMatch("step ?/300 *", "the resumed run starts from the checkpoint");
        lines.Should().ContainMatch("trained: 300 steps, validation loss *");
        lines.Should().ContainMatch("generated: A bird in the*");
        lines.Should().Contain("embedded: 2 texts as vectors of 64 numbers");
        lines.Should().ContainMatch("opened: GptModel, * parameters");
    }

    [Fact]
    public void The_library_sample_is_short() =>
        File.ReadAllLines(Path.Combine(Workbench.Root, "samples", "library", "Program.cs")).Should().HaveCountLessThanOrEqualTo(70);
}
