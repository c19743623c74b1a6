namespace Tenon.Mpi.Tests;

/// <summary>What several processes cannot share is refused by name before anything starts, with or without a launcher.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData("parallel:tensor: is 2, but the layers of the architecture 'lstm' cannot be divided; allowed: 1. Leave it out, or use " +
        "one of bert, gpt, gpt-classifier, llama, llama-classifier, vit.", "--parallel:tensor", "2", "--model:use", "lstm")]
    [InlineData("parallel:tensor: is 2, but the strategy 'ptuning' trains an adapter, which cannot be divided; allowed: 1.",
        "--parallel:tensor", "2", "--strategy:use", "ptuning")]
    [InlineData("training:optimizer: is 'adamw8bit', whose state belongs to whole matrices, but 2 processes divide them " +
        "(parallel:tensor); allowed: adamw, sgd, lion.", "--parallel:tensor", "2", "--training:optimizer", "adamw8bit")]
    [InlineData("parallel:tensor: is 2, but the strategy 'ppo' generates its batches, which models with divided layers cannot; allowed: 1.",
        "--parallel:tensor", "2", "--strategy:use", "ppo")]
    [InlineData("parallel:pipeline: is 2, but the architecture 'resnet' has no sequence of layers that can be divided; allowed: 1. Leave " +
        "it out, or use one of gpt, llama.", "--parallel:pipeline", "2", "--model:use", "resnet")]
    [InlineData("parallel:pipeline: is 2, but the strategy 'dpo' does not train in stages; allowed: 1. Leave it out, or use one of " +
        "finetune, pretrain.", "--parallel:pipeline", "2", "--strategy:use", "dpo")]
    [InlineData("parallel:sequence: is true, but parallel:tensor is 1, and only processes that divide the layers divide the sequence; " +
        "allowed: false.", "--parallel:sequence", "true")]
    [InlineData("parallel:sequence: is true, but the architecture 'bert' cannot divide the sequence; allowed: false. Leave it out, or " +
        "use one of gpt, llama.", "--parallel:sequence", "true", "--parallel:tensor", "2", "--model:use", "bert")]
    [InlineData("parallel:chunks: is 2, but parallel:pipeline is 1, and chunks belong to the stages of a pipeline; allowed: 1.",
        "--parallel:chunks", "2")]
    [InlineData("parallel:zero: is 3, but ZeRO-3, which also divides parameters, is not supported; allowed: 0, 1, 2.", "--parallel:zero",
        "3")]
    [InlineData("parallel:zero: is 2, but the state of the optimizer 'adafactor' belongs to whole matrices", "--parallel:zero", "2",
        "--training:optimizer", "adafactor")]
    [InlineData("training:accumulate: is 4, which makes minibatches of 2 rows that 4 processes cannot divide equally.", "--parallel:data",
        "4", "--strategy:use", "ppo", "--training:accumulate", "4")]
    [InlineData("parallel:zero: is 1, but the state of the optimizer 'adafactor' belongs to whole matrices", "--parallel:zero", "1",
        "--training:optimizer", "adafactor")]
    [InlineData("training:batchSize: is 8, which 3 processes cannot divide equally. Use a multiple of 3, or one of these numbers of " +
        "processes: 1, 2, 4, 8.", "--parallel:data", "3")]
    [InlineData("parallel:use: is 'nccl', but no plugin provides this communicator.", "--parallel:use", "nccl")]
    [InlineData("model:frozenNorms: must be true for 2 processes: models of the architecture 'resnet' normalize each batch",
        "--parallel:data", "2", "--model:use", "resnet")]
    [InlineData("strategy:use: is 'priming', which cannot divide its batches among 2 processes.", "--parallel:data", "2",
        "--strategy:use", "priming")]
    public void The_message_has_key_value_and_what_is_allowed(string message, params string[] settings)
    {
        using var workspace = new Workspace();
        string recipe = ParallelRecipes.Gpt(workspace, "run");
        ProgramResult refused = TenonProgram.Run(workspace.Folder, ["validate", recipe, "--parallel:use", "mpi", .. settings]);

        refused.ExitCode.Should().Be(2, refused.All);
        refused.All.Should().Contain(message);
    }

    [Fact]
    public void A_section_that_fits_is_valid()
    {
        using var workspace = new Workspace();
        string recipe = ParallelRecipes.Gpt(workspace, "run",
            more: """, "parallel": { "use": "mpi", "data": 4, "zero": 1, "timeout": 60 }""");
        ProgramResult valid = TenonProgram.Run(workspace.Folder, "validate", recipe);

        valid.ExitCode.Should().Be(0, valid.All);
    }
}
