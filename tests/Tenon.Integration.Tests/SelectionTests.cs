namespace Tenon.Integration.Tests;

/// <summary>Early stopping as users of the program meet it.</summary>
[Collection(InOneProcess.Name)]
public sealed class SelectionTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public void What_types_and_values_rule_out_is_told_before_anything_runs()
    {
        ProgramResult told = InProcess.Run(_workspace.Folder, "validate", _workspace.Recipe("tiny", 20, 0),
            "--strategy:use", "finetune", "--strategy:metric", "accuracy", "--strategy:patience", "2", "--validation:every", "0");

        told.ExitCode.Should().Be(2, told.All);
        told.All.Should().Contain("strategy:metric: is 'accuracy', but models of the architecture 'gpt' have no classification head; " +
                "allowed: loss.")
            .And.Contain("strategy:patience: is 2 validations, but validation:every is 0");
    }

    [Fact]
    public void Patience_without_validation_data_leaves_no_folder()
    {
        ProgramResult told = InProcess.Run(_workspace.Folder, "run", _workspace.Recipe("tiny", 20, 0),
            "--strategy:use", "finetune", "--strategy:patience", "2", "--validation:share", "0");

        told.ExitCode.Should().Be(2, told.All);
        told.All.Should().Contain("patience is 2, but there is nothing to validate on.");
        Directory.Exists(_workspace.At("runs")).Should().BeFalse();
    }

    [Fact]
    public void A_run_without_progress_ends_early_and_resuming_ends_alike()
    {
        string[] run = ["run", _workspace.Recipe("tiny", 60, 20), "--strategy:use", "finetune", "--strategy:patience", "1",
            "--validation:every", "5", "--training:learningRate", "0", "--training:ema", "0"];

        ProgramResult ended = InProcess.Run(_workspace.Folder, run);
        ended.ExitCode.Should().Be(0, ended.All);
        ended.Output.Should().Contain("step 5, best loss of all validations").And.Contain("after step 10 of 60");
        byte[] weights = File.ReadAllBytes(_workspace.At("runs", "tiny", "model.safetensors"));
        ProgramResult resumed = InProcess.Run(_workspace.Folder, "resume", "runs/tiny");
        resumed.ExitCode.Should().Be(0, resumed.All);
        resumed.Output.Should().Contain("after step 10 of 60");
        File.ReadAllBytes(_workspace.At("runs", "tiny", "model.safetensors")).Should().Equal(weights);
    }
}
