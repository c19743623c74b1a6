namespace Tenon.Gpt.Tests;

public class DeterminismTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gradients_repeat_bit_for_bit_on_several_threads(bool bf16)
    {
        int threads = torch.get_num_threads();
        torch.set_num_threads(2);
        try
        {
            using DisposeScope scope = torch.NewDisposeScope();
            var options = new GptOptions { Layers = 2, HiddenSize = 192, Heads = 6, ContextLength = 128, VocabularySize = 2048 };
            var architecture = new GptArchitecture();
            using GptModel model = architecture.Build(
                architecture.Resolve(options, new ModelFacts(2048, new SpecialTokens(), new DataFacts())),
                new BuildContext(torch.CPU, new Autocast { Type = bf16 ? torch.ScalarType.BFloat16 : torch.ScalarType.Float32 }));

            // Few different tokens, so that many rows of the gradient of one embedding are added up.
            Tensor ids = torch.randint(0, 50, [16, 128], torch.ScalarType.Int64);
            using var batch = new Batch([new("input_ids", ids), new("labels", ids.roll(-1, 1))], 16, 16 * 128);
            float[][] first = Gradients(model, batch);
            for (int i = 0; i < 5; i++)
            {
                foreach ((float[] expected, float[] found) in first.Zip(Gradients(model, batch)))
                    found.AsSpan().SequenceEqual(expected).Should().BeTrue();
            }
        }
        finally
        {
            torch.set_num_threads(threads);
        }
    }

    private static float[][] Gradients(GptModel model, Batch batch)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        model.zero_grad();
        model.Loss(batch).backward();
        return [.. model.parameters().Select(parameter => parameter.grad!.data<float>().ToArray())];
    }
}
