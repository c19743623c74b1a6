namespace Tenon.Integration.Tests;

/// <summary><c>tenon parity</c> on reference data, through the plugins as they are loaded.</summary>
[Collection(InOneProcess.Name)]
public sealed class ParityTests
{
    private static readonly string Goldens = Path.Combine(AppContext.BaseDirectory, "data", "goldens");

    // Ten times what float32 itself loses in the models below the adapters, as their READMEs measured it.
    private const string GptTolerance = "7.6e-5";
    private const string BertTolerance = "1e-5";

    [Theory]
    [InlineData("gpt2-tiny")]
    [InlineData("ddpm-tiny")]
    public void Agrees_with_the_reference(string folder)
    {
        ProgramResult parity = InProcess.Run(Goldens, "parity", folder);

        parity.ExitCode.Should().Be(0, parity.All);
        parity.Output.Should().Contain("tensors agree");
    }

    [Theory]
    [InlineData("ptuning-mlp", GptTolerance, 17)]
    [InlineData("ptuning-lstm", GptTolerance, 45)]
    [InlineData("prefix-tuning", GptTolerance, 4)]
    [InlineData("prefix-tuning-proj", GptTolerance, 8)]
    [InlineData("prefix-tuning-bert", BertTolerance, 3)]
    [InlineData("lora-gpt2", GptTolerance, 16)]
    [InlineData("peft-lora-wte", GptTolerance, 2)]
    [InlineData("peft-ptuning-seqcls", BertTolerance, 5)]
    [InlineData("peft-prefix-seqcls", BertTolerance, 5)]
    [InlineData("peft-prompt-seqcls", BertTolerance, 5)]
    public void Everything_of_an_adapter_agrees_with_the_reference(string folder, string tolerance, int tensors)
    {
        ProgramResult parity = InProcess.Run(Goldens, "parity", folder, "--tolerance", tolerance);

        parity.ExitCode.Should().Be(0, parity.All);
        parity.Output.Should().Contain($"All {tensors} tensors agree.").And.NotContain("not compared");
    }

    [Theory]
    [InlineData("lora-linear", "contains the weights of a part of a model, bias, lora_A.weight, lora_B.weight, weight, " +
        "and no configuration that names an architecture")]
    [InlineData("rlhf-reward", "has no weights: it contains the arguments and values of functions. " +
        "The arguments are margin, rewards_chosen, rewards_rejected; the values are accuracy, ")]
    [InlineData("rlhf-dpo", "has no weights: it contains the arguments and values of functions.")]
    [InlineData("rlhf-ppo", "has no weights: it contains the arguments and values of functions.")]
    [InlineData("rlhf-grpo", "has no weights: it contains the arguments and values of functions.")]
    [InlineData("ddpm-schedulers", "has no weights: it contains the arguments and values of functions.")]
    public void Says_what_a_folder_holds_that_has_no_model(string folder, string sentence)
    {
        ProgramResult parity = InProcess.Run(Goldens, "parity", folder);

        parity.ExitCode.Should().Be(4, parity.All);
        parity.Errors.Should().Contain(sentence).And.Contain("'parity' compares models and adapters");
    }

    [Theory]
    [InlineData("gpt2-tiny")]
    [InlineData("ptuning-mlp")]
    public void Finds_a_changed_weight(string golden) => InACopy(golden, folder =>
    {
        byte[] weights = File.ReadAllBytes(Path.Combine(folder, "model.safetensors"));
        weights[^2] ^= 0x40; // the exponent of the last number
        File.WriteAllBytes(Path.Combine(folder, "model.safetensors"), weights);

        ProgramResult parity = InProcess.Run(folder, "parity", folder, "--base", Path.Combine(Goldens, "gpt2-tiny"));

        parity.ExitCode.Should().Be(4, parity.All);
        parity.Output.Should().Contain("DIFFERS");
    });

    [Fact]
    public void The_model_below_an_adapter_is_asked_for_where_nothing_names_it() => InACopy("prefix-tuning", folder =>
    {
        ProgramResult parity = InProcess.Run(folder, "parity", folder);

        parity.ExitCode.Should().Be(4, parity.All);
        parity.Errors.Should().Contain("names its base model. Set that model's folder with --base.");
        InProcess.Run(folder, "parity", folder, "--base", Path.Combine(Goldens, "gpt2-tiny")).ExitCode.Should().Be(0);
    });

    private static void InACopy(string golden, Action<string> act)
    {
        string folder = Path.Combine(Path.GetTempPath(), $"tenon-{Guid.NewGuid():N}");
        Directory.CreateDirectory(folder);
        try
        {
            foreach (string file in Directory.GetFiles(Path.Combine(Goldens, golden)))
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            act(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
