namespace Tenon.Integration.Tests;

/// <summary><c>tenon parity</c> on reference data, through the plugins as they are loaded.</summary>
public sealed class ParityTests
{
    private static readonly string Goldens = Path.Combine(AppContext.BaseDirectory, "data", "goldens");

    [Theory]
    [InlineData("gpt2-tiny")]
    [InlineData("lora-gpt2")]
    [InlineData("ddpm-tiny")]
    public void Agrees_with_the_reference(string folder)
    {
        ProgramResult parity = TenonProgram.Run(Goldens, "parity", folder);

        parity.ExitCode.Should().Be(0, parity.All);
        parity.Output.Should().Contain("tensors agree");
    }

    [Fact]
    public void Finds_a_changed_weight()
    {
        string folder = Path.Combine(Path.GetTempPath(), $"tenon-{Guid.NewGuid():N}");
        Directory.CreateDirectory(folder);
        try
        {
            foreach (string file in Directory.GetFiles(Path.Combine(Goldens, "gpt2-tiny")))
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            byte[] weights = File.ReadAllBytes(Path.Combine(folder, "model.safetensors"));
            weights[^2] ^= 0x40; // the exponent of the last number
            File.WriteAllBytes(Path.Combine(folder, "model.safetensors"), weights);

            ProgramResult parity = TenonProgram.Run(folder, "parity", folder);

            parity.ExitCode.Should().Be(4, parity.All);
            parity.Output.Should().Contain("DIFFERS");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
