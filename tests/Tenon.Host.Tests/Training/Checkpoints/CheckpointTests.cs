using System.Text.Json.Nodes;
using Tenon.Host.Artifacts;
using Tenon.Host.Artifacts.Metrics;
using Tenon.Host.Training.Checkpoints;
using static TorchSharp.torch;

namespace Tenon.Host.Tests.Training.Checkpoints;

[Collection("torch")]
public sealed class CheckpointTests : IDisposable
{
    private readonly string output = Directory.CreateTempSubdirectory("tenon-checkpoint-").FullName;
    private readonly RunFolder folder;
    private readonly TorchSharp.DisposeScope scope = NewDisposeScope();

    public CheckpointTests() => folder = RunFolder.Create(output, "run");

    [Fact]
    public void What_was_saved_is_loaded()
    {
        Tensor weight = arange(6, ScalarType.Float32).reshape(2, 3);
        Save(7, ("weight", weight));
        Checkpoint checkpoint = Checkpoint.Newest(folder)!;
        checkpoint.Trainer.Step.Should().Be(7);
        checkpoint.Trainer.State["kl"]!.GetValue<double>().Should().Be(0.2);
        Tensor loaded = zeros(2, 3);
        checkpoint.Load(Files(("weight", loaded)));
        loaded.data<float>().ToArray().Should().Equal(0, 1, 2, 3, 4, 5);
    }

    [Fact]
    public void A_bit_that_changed_in_a_tensor_is_found_before_anything_is_loaded()
    {
        Tensor weight = arange(6, ScalarType.Float32).reshape(2, 3);
        Save(7, ("weight", weight));
        Checkpoint checkpoint = Checkpoint.Newest(folder)!;
        string file = Directory.GetFiles(checkpoint.Folder, "*.safetensors").Single();
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^1] ^= 1;
        File.WriteAllBytes(file, bytes);
        Tensor loaded = zeros(2, 3);

        checkpoint.Invoking(c => c.Load(Files(("weight", loaded)))).Should().Throw<CheckpointException>().WithMessage(
            $"The checkpoint '{checkpoint.Folder}' cannot be read: '{Path.GetFileName(file)}' has changed since it was written*");
        loaded.data<float>().ToArray().Should().OnlyContain(value => value == 0);
    }

    [Fact]
    public void The_hashes_outlive_a_change_of_everything_else()
    {
        Save(7, ("weight", zeros(1)));
        TrainerState before = Checkpoint.Newest(folder)!.Trainer;

        Checkpoint.Replace(folder, before with { Seconds = 99, Files = null });

        TrainerState after = Checkpoint.Newest(folder)!.Trainer;
        after.Seconds.Should().Be(99);
        after.Files.Should().Equal(before.Files).And.NotBeEmpty();
    }

    [Fact]
    public void A_checkpoint_without_hashes_is_loaded()
    {
        Save(7, ("weight", ones(1)));
        string file = Path.Combine(Checkpoint.Newest(folder)!.Folder, TrainerState.FileName);
        JsonObject content = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        content.Remove("files").Should().BeTrue();
        File.WriteAllText(file, content.ToJsonString());
        Tensor loaded = zeros(1);

        Checkpoint.Newest(folder)!.Load(Files(("weight", loaded)));

        loaded.item<float>().Should().Be(1);
    }

    [Fact]
    public void Unfinished_and_foreign_folders_are_no_checkpoints()
    {
        Checkpoint.Newest(folder).Should().BeNull();
        Save(3, ("weight", zeros(1)));
        Directory.CreateDirectory(Path.Combine(folder.Checkpoints, "step-00000009.partial"));
        foreach (string other in (string[])["step-mine", "step-8", "step-00000008"])
            Directory.CreateDirectory(Path.Combine(folder.Checkpoints, other));
        Checkpoint.Newest(folder)!.Trainer.Step.Should().Be(3);
    }

    [Fact]
    public void The_oldest_are_deleted_without_the_files_of_others()
    {
        Save(1, ("weight", zeros(1)));
        Save(2, ("weight", zeros(1)));
        string note = Path.Combine(folder.Checkpoints, "step-00000002", "why I keep this.txt");
        File.WriteAllText(note, "mine");
        string weights = Path.Combine(folder.Checkpoints, "step-00000002", "merged.safetensors");
        File.WriteAllText(weights, "mine");
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(folder.Checkpoints, "step-0")).FullName, "mine"), "");

        Save(3, ("weight", zeros(1)));
        Save(4, ("weight", zeros(1)));

        Directory.GetDirectories(folder.Checkpoints).Select(Path.GetFileName).Order()
            .Should().Equal("step-0", "step-00000002", "step-00000003", "step-00000004");
        Directory.GetFiles(Path.GetDirectoryName(note)!).Should().BeEquivalentTo(note, weights);
        Checkpoint.RemoveAll(folder);
        Checkpoint.Newest(folder).Should().BeNull();
        Directory.GetDirectories(folder.Checkpoints).Select(Path.GetFileName).Order().Should().Equal("step-0", "step-00000002");
    }

    [Fact]
    public void What_a_link_leads_to_is_not_deleted()
    {
        Save(1, ("weight", zeros(1)));
        string kept = Path.Combine(output, "kept"), link = CheckpointFolders.Of(folder, 1);
        Directory.Move(link, kept);
        Directory.CreateSymbolicLink(link, kept);
        string[] before = Directory.GetFiles(kept);

        Checkpoint.RemoveAll(folder);

        Checkpoint.Newest(folder).Should().BeNull();
        Directory.GetFiles(kept).Should().BeEquivalentTo(before).And.NotBeEmpty();
    }

    [Fact]
    public void All_differences_are_listed_and_nothing_is_changed()
    {
        Save(3, ("same", ones(2)), ("shape", ones(2, 3)), ("type", ones(2)), ("old", ones(1)));
        Tensor same = zeros(2);
        Action load = () => Checkpoint.Newest(folder)!.Load(Files(
            ("same", same), ("shape", zeros(3, 2)), ("type", zeros([2], ScalarType.Float64)), ("new", zeros(1))));
        load.Should().Throw<CheckpointException>().WithMessage(
            "*model.safetensors: Missing: new. Unknown to the model: old. Different shape or type: shape ([2, 3] in the file, [3, 2] in " +
            "the model), type (F32 in the file, Float64 in the model).*");
        same.data<float>().ToArray().Should().Equal(0, 0);
    }

    [Fact]
    public void A_damaged_trainer_file_is_named()
    {
        Save(3, ("weight", zeros(1)));
        File.WriteAllText(Path.Combine(folder.Checkpoints, "step-00000003", "trainer.json"), "{\"step\": 3}");
        Action open = () => Checkpoint.Newest(folder);
        open.Should().Throw<CheckpointException>().WithMessage("*trainer.json' cannot be read*Delete the folder*");
    }

    public void Dispose()
    {
        scope.Dispose();
        Directory.Delete(output, recursive: true);
    }

    private void Save(long step, params (string Name, Tensor Tensor)[] tensors) => Checkpoint.Save(folder, new TrainerState
    {
        Layout = TrainerState.CurrentLayout,
        Step = step,
        Seed = 1,
        BatchSize = 8,
        Accumulate = 1,
        State = new JsonObject { ["kl"] = 0.2 },
        Window = LossWindow.Empty,
        Metrics = new MetricsPosition(0, 0),
        Seconds = 1,
        Versions = [],
    }, Files(tensors), keep: 2);

    private static Dictionary<string, IReadOnlyDictionary<string, Tensor>> Files(params (string Name, Tensor Tensor)[] tensors) =>
        new()
        {
            ["model.safetensors"] = tensors.ToDictionary(t => t.Name, t => t.Tensor),
            ["ema.safetensors"] = new Dictionary<string, Tensor>()
        };
}
