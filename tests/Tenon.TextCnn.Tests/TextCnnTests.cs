namespace Tenon.TextCnn.Tests;

public class TextCnnTests
{
    // Equations 2 to 4 of Kim (2014), token by token. The first text ends before its padding and is shorter than the widest filter.
    [Fact]
    public void Logits_are_the_formula()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        using TextCnnModel model = Models.Classifier(2, 4);
        int[][] texts = [[5, 9, 2], [7, 3, 88, 41, 6, 6]];
        Tensor ids = torch.tensor(new long[] { 5, 9, 2, 0, 0, 0, 7, 3, 88, 41, 6, 6 }, [2, 6]);
        Tensor mask = torch.tensor(new long[] { 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1 }, [2, 6]);
        using var batch = new Batch(new Dictionary<string, Tensor> { ["input_ids"] = ids, ["attention_mask"] = mask }, 2, 2);

        Tensor logits = model.ClassLogits(batch);

        Dictionary<string, Tensor> weights = model.state_dict();
        foreach ((int row, int[] text) in texts.Index())
        {
            var features = new List<double>();
            for (int filters = 0; filters < 2; filters++)
            {
                Tensor kernel = weights[$"convolutions.{filters}.weight"], bias = weights[$"convolutions.{filters}.bias"];
                for (int filter = 0; filter < 6; filter++)
                    features.Add(Enumerable.Range(0, text.Length).Max(start => Output(kernel, bias, filter, text, start)));
            }

            for (int label = 0; label < 2; label++)
            {
                double expected = weights["classifier.bias"][label].item<float>()
                    + features.Index().Sum(feature => feature.Item * weights["classifier.weight"][label, feature.Index].item<float>());
                logits[row, label].item<float>().Should().BeApproximately((float)expected, 1e-4f);
            }
        }

        double Output(Tensor kernel, Tensor bias, int filter, int[] text, int start)
        {
            double sum = bias[filter].item<float>();
            for (int offset = 0; offset < kernel.size(2) && start + offset < text.Length; offset++)
            {
                for (int channel = 0; channel < kernel.size(1); channel++)
                {
                    sum += kernel[filter, channel, offset].item<float>()
                        * weights["embedding.weight"][text[start + offset], channel].item<float>();
                }
            }

            return Math.Max(0, sum);
        }
    }

    // The class is a pair of letters anywhere in the text.
    [Fact]
    public void Learns_to_find_a_phrase()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using TextCnnModel model = Models.Classifier(1, 2);
        string[] others = ["cc", "dd", "ee", "ff", "gg"];
        LabelledTextExample[] examples = [.. Enumerable.Range(0, 20).Select(i =>
        {
            List<string> words = [.. Enumerable.Range(0, 2 + i % 4).Select(word => others[(i + word) % others.Length])];
            words.Insert(i % words.Count, i % 2 == 0 ? "ab" : "ba");
            return new LabelledTextExample(string.Concat(words), i % 2);
        })];
        using Batch batch = model.Collate(examples, Models.Training);

        Models.Train(model, batch, steps: 60);

        model.Loss(batch).item<float>().Should().BeLessThan(0.1f); // without dropout
    }

    [Fact]
    public void The_default_has_the_published_sizes()
    {
        var architecture = new TextCnnArchitecture();
        using TextCnnModel model = architecture.Build(
            architecture.Resolve(new TextCnnOptions { VocabularySize = 1000, Labels = ["a", "b"] }, Models.NoFacts),
            new BuildContext(torch.META, new Autocast()));

        // 100 filters of each of 3, 4 and 5 words of 300 numbers.
        model.parameters().Sum(parameter => parameter.numel()).Should()
            .Be(1000 * 300 + 300 * 100 * (3 + 4 + 5) + 3 * 100 + 2 * 300 + 2);
        model.Cost.ForwardFlop.Should().Be(2 * 300 * 100 * (3 + 4 + 5));
    }

    [Fact]
    public void Configuration_is_read_back()
    {
        var architecture = new TextCnnArchitecture();
        TextCnnOptions options = architecture.Resolve(
            new TextCnnOptions { Widths = [2, 7], Filters = 9, VocabularySize = 91, Dropout = 0.2, Labels = ["x", "y", "z"] },
            Models.NoFacts);

        architecture.Read(architecture.Describe(options)).Should().BeEquivalentTo(options);
    }
}
