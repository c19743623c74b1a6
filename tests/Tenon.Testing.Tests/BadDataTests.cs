namespace Tenon.Testing.Tests;

/// <summary>For each promise of a source of examples one that breaks it.</summary>
public sealed class BadDataTests
{
    [Fact]
    public void A_good_one_keeps_all_promises() =>
        DataChecks.All.Should().OnlyContain(check => check.Run(Subject(() => new Toy())).Outcome == CheckOutcome.Passed);

    [Fact]
    public void No_summary() => Breaks(DataChecks.Facts, () => new Toy { Facts = new() });

    [Fact]
    public void Examples_that_change()
    {
        int call = 0;
        Breaks(DataChecks.Rereads, () => new Toy { At = _ => new($"{call++}", 0) });
    }

    [Fact]
    public void An_order_that_changes()
    {
        int opened = 0;
        Breaks(DataChecks.Reopens, () => new Toy { At = Shifted(opened++) });

        static Func<long, LabelledTextExample> Shifted(int by) => i => new($"{(i + by) % 20}", 0);
    }

    [Fact]
    public void A_reader_for_one_thread()
    {
        int owner = Environment.CurrentManagedThreadId;
        Breaks(DataChecks.Threads, () => new Toy { At = i => new($"{i}{Environment.CurrentManagedThreadId == owner}", 0) });
    }

    [Fact]
    public void Positions_that_wrap_around() => Breaks(DataChecks.Ranges, () => new Toy { At = i => new($"{i}", 0), Bounded = false });

    [Fact]
    public void Splits_that_overlap() => Breaks(DataChecks.Disjoint, () => new Toy { FirstHeld = 0 });

    [Fact]
    public void Labels_that_nothing_names() => Breaks(DataChecks.Labels, () => new Toy { At = i => new($"{i}", 2) });

    private static void Breaks(Check<DataSubject> check, Func<Toy> make) =>
        check.Run(Subject(make)).Outcome.Should().Be(CheckOutcome.Failed);

    private static DataSubject Subject(Func<Toy> make) => DataSubject.Of(new Source(make), new ToyOptions());

    private sealed class Source(Func<Toy> make) : IData<ToyOptions, LabelledTextExample>
    {
        public IDataset<LabelledTextExample> Open(ToyOptions options, DataContext context) => make();
    }

    private sealed class Toy : IDataset<LabelledTextExample>
    {
        public DataFacts Facts { get; init; } = new() { Labels = ["a", "b"], Summary = "a toy", Fingerprint = "toy" };

        public Func<long, LabelledTextExample> At { get; init; } = i => new($"{i}", (int)(i % 2));

        public bool Bounded { get; init; } = true;

        public int FirstHeld { get; init; } = 20;

        public IExamples<LabelledTextExample> Train => new Part(At, 0, Bounded);

        public IExamples<LabelledTextExample>? Validation => new Part(At, FirstHeld, Bounded);

        public void Dispose()
        {
        }
    }

    private sealed class Part(Func<long, LabelledTextExample> at, int first, bool bounded) : IExamples<LabelledTextExample>
    {
        public long Count => 20;

        public LabelledTextExample this[long index]
        {
            get
            {
                if (bounded)
                    ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)index, (ulong)Count, nameof(index));
                return at(index + first);
            }
        }
    }
}
