using TorchSharp;

namespace Tenon.Conformance;

/// <summary>Small outcomes of each type in the contract, for rewards to score.</summary>
internal static class ToyOutcomes
{
    private static readonly ToySizes Sizes = new(0, (8, 8, 1));

    /// <summary>
    /// One list per type: texts, some empty or in other scripts, with a known answer; both choices; and images of both classes.
    /// </summary>
    public static IReadOnlyList<IReadOnlyList<Outcome>> Kinds { get; } =
    [
        [
            .. new TextOutcome[]
            {
                new("the cat", " is good", true), new("the dog", " is bad", false), new("", "aaa", true), new("say it", "", true),
                new("", "", false), new("où", " ça, 你好 🙂", true),
            }.Select(text => text with { Answer = " is good" }),
        ],
        [.. Enumerable.Range(0, 6).Select(i => new ChoiceOutcome(i % 2, ToyExamples.Labels[i % 2], i / 2 % 2))],
        [.. Enumerable.Range(0, 6).Select(i => new ImageOutcome(ToyExamples.Image(Sizes, i), i % 2))],
    ];
}

/// <summary>Opens any folder as the kit's small model, always with the same parameters.</summary>
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
