using TorchSharp;

namespace Tenon.Conformance;

/// <summary>Small outcomes of each kind of the contract, for rewards to judge.</summary>
internal static class ToyOutcomes
{
    private static readonly ToySizes Sizes = new(0, (8, 8, 1));

    /// <summary>A list for each kind: texts with nothing in them and signs of other scripts, both choices, both classes of images.</summary>
    public static IReadOnlyList<IReadOnlyList<Outcome>> Kinds { get; } =
    [
        [
            new TextOutcome("the cat", " is good", true), new TextOutcome("the dog", " is bad", false), new TextOutcome("", "aaa", true),
            new TextOutcome("say it", "", true), new TextOutcome("", "", false), new TextOutcome("où", " ça, 你好 🙂", true),
        ],
        [.. Enumerable.Range(0, 6).Select(i => new ChoiceOutcome(i % 2, ToyExamples.Labels[i % 2], i / 2 % 2))],
        [.. Enumerable.Range(0, 6).Select(i => new ImageOutcome(ToyExamples.Image(Sizes, i), i % 2))],
    ];
}

/// <summary>Opens whatever folder it is asked for as the kit's own small model, always the same.</summary>
internal sealed class ToyModelOpener : IModelOpener
{
    public IOpenedModel Open(string folder) => new Opened();

    private sealed class Opened : IOpenedModel
    {
        private readonly ToyModel model;

        public Opened()
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using (torch.manual_seed(1))
                model = new ToyModel();
            foreach (torch.Tensor parameter in model.parameters())
                parameter.DetachFromDisposeScope();
            model.eval();
        }

        public IModel Model => model;

        public ITokenizer Tokenizer { get; } = new ToyTokenizer();

        public void Dispose() => model.Dispose();
    }
}
