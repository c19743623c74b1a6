using Tenon;
using TorchSharp;

namespace Zoo;

public sealed record NoOptions;

[Device("moody", "The processor")]
public sealed class MoodyDevice : IDevice<NoOptions>
{
    public Availability Check(NoOptions options)
    {
        Mood.At("check of the device");
        return new(true, "It is here.");
    }

    public IOpenDevice Open(NoOptions options)
    {
        Mood.At("opening of the device");
        return new Opened();
    }

    private sealed class Opened : IOpenDevice
    {
        public torch.Device Torch => torch.CPU;

        public string Description => "a moody processor";

        public Precision Precision => Precision.Fp32;

        public MemoryFigures Memory => new(null, null, null);

        public double? PeakFlop => null;

        public void Synchronize()
        {
        }

        public void Dispose() => Mood.At("disposing of the device");
    }
}

[Data("moody", "Twenty texts")]
public sealed class MoodyData : IData<NoOptions, LabelledTextExample>
{
    public IDataset<LabelledTextExample> Open(NoOptions options, DataContext context)
    {
        Mood.At("opening of data");
        return new Dataset();
    }

    private sealed class Dataset : IDataset<LabelledTextExample>, IExamples<LabelledTextExample>
    {
        public DataFacts Facts { get; } = new() { Labels = ["a", "b"], Summary = "20 texts" };

        public IExamples<LabelledTextExample> Train => this;

        public IExamples<LabelledTextExample>? Validation => null;

        public long Count => 20;

        public LabelledTextExample this[long index]
        {
            get
            {
                Mood.At("reading of an example");
                return new($"text {index}", (int)(index % 2));
            }
        }

        public void Dispose() => Mood.At("disposing of data");
    }
}

[Tokenizer("moody", "A letter a token", Opens = ["moody.txt"])]
public sealed class MoodyTokenizer : ITokenizerFactory<NoOptions>
{
    public int? VocabularySize(NoOptions options) => 128;

    public ITokenizer Create(NoOptions options, TokenizerContext context)
    {
        Mood.At("making of the tokenizer");
        return new Letters();
    }

    public ITokenizer Open(string folder) => new Letters();

    private sealed class Letters : ITokenizer
    {
        private int saved;

        public int VocabularySize => 128;

        public SpecialTokens Special => new();

        public string Fingerprint => "moody";

        public IReadOnlyList<int> Encode(string text, bool recognizeSpecial = false)
        {
            Mood.At("tokenizing");
            return [.. text.Select(c => (int)c)];
        }

        public string Decode(IEnumerable<int> ids, bool keepSpecial = false) => string.Concat(ids.Select(id => (char)id));

        public string TokenText(int id) => ((char)id).ToString();

        public int? TokenId(string tokenText) => tokenText[0];

        public IStreamingDecoder StreamingDecoder() => throw new NotSupportedException("The zoo streams nothing.");

        public void Save(string folder)
        {
            File.WriteAllText(Path.Combine(folder, "moody.txt"), "half of");
            if (saved++ == 0)
                Mood.At("saving of the tokenizer");
            else
                Mood.At("saving at the end");
            File.AppendAllText(Path.Combine(folder, "moody.txt"), " the file");
        }
    }
}

[Reward("moody", "Likes everything")]
public sealed class MoodyReward : IRewardFactory<NoOptions, TextOutcome>
{
    public IReward<TextOutcome> Open(NoOptions options, RewardContext context)
    {
        Mood.At("opening of the reward");
        return new Judge();
    }

    private sealed class Judge : IReward<TextOutcome>, IDisposable
    {
        public IReadOnlyList<double> Score(IReadOnlyList<TextOutcome> outcomes)
        {
            Mood.At("scoring");
            return [.. outcomes.Select(_ => 1.0)];
        }

        public void Dispose() => Mood.At("disposing of the reward");
    }
}

[Strategy("moody", "Trains on the model's loss", NeedsReward = true)]
public sealed class MoodyStrategy : IStrategy<NoOptions, IModel>
{
    public void Run(NoOptions options, IRun<IModel> run, CancellationToken stop)
    {
        Mood.At("preparing to train");
        run.Reward!.Score([new TextOutcome("", "", true)]);
        using IOptimization optimization = run.Optimize();
        if (Mood.Is("optimizing twice"))
            run.Optimize();
        while (optimization.Next())
        {
            optimization.Step(batch =>
            {
                Mood.At("step of the strategy");
                return run.Model.Loss(batch);
            });
        }
    }
}
