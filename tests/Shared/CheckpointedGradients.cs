namespace Tenon.Tests;

/// <summary>Compares a model that computes its blocks again in the backward pass with one that keeps everything.</summary>
internal static class CheckpointedGradients
{
    /// <summary>Loss, gradients and the generator's next number must be the same bits, and no tensor may stay.</summary>
    /// <param name="build">The model with or without checkpointing, otherwise alike.</param>
    /// <param name="collate">Its batch.</param>
    public static void ShouldBeThePlainOnes<TModel>(Func<bool, TModel> build, Func<TModel, Batch> collate) where TModel : IModel
    {
        (float[][] plain, long leftByPlain) = Of(build, collate, checkpointing: false);
        (float[][] checkpointed, long left) = Of(build, collate, checkpointing: true);
        checkpointed.Should().HaveCount(plain.Length);
        foreach ((float[] expected, float[] found) in plain.Zip(checkpointed))
            found.Should().Equal(expected);
        left.Should().Be(leftByPlain);
    }

    private static (float[][] Values, long Left) Of<TModel>(Func<bool, TModel> build, Func<TModel, Batch> collate,
        bool checkpointing) where TModel : IModel
    {
        using TModel model = build(checkpointing);
        using Batch batch = collate(model);
        model.Module.train();
        var values = new List<float[]>();
        long left = LiveTensors.LeftBy(() =>
        {
            // Twice, as in accumulation: the second pass adds to the gradients of the first.
            for (int pass = 0; pass < 2; pass++)
            {
                using TorchSharp.DisposeScope scope = TorchSharp.torch.NewDisposeScope();
                using TorchSharp.torch.Generator seeded = TorchSharp.torch.manual_seed(5 + pass);
                TorchSharp.torch.Tensor loss = model.Loss(batch);
                loss.backward();
                values.Add(loss.data<float>().ToArray());
                values.Add(TorchSharp.torch.rand(4).data<float>().ToArray());
            }

            using (TorchSharp.torch.NewDisposeScope())
            {
                foreach ((string name, var parameter) in model.Module.named_parameters())
                    values.Add((parameter.grad ?? throw new InvalidOperationException($"'{name}' has no gradient.")).contiguous()
                        .data<float>().ToArray());
            }
        });
        model.Module.zero_grad();
        return ([.. values], left);
    }
}
