using System.Globalization;

namespace Tenon.Priming;

/// <summary>
/// Few-shot in-context learning (Brown et al. 2020): K labelled examples stand in the prompt, and the label whose word is
/// most probable behind it is the prediction. A masked model is asked for the word in a gap instead (cloze prompts; Schick
/// and Schütze 2021, without their training). Nothing is trained; the model stays as it is, bit for bit. Examples are drawn
/// from the part to train on and asked about are those held out. Not supported: examples chosen by their likeness to the
/// text.
/// </summary>
[Strategy("priming", "Examples in the prompt and no training: zero-, one-, few-shot classification")]
public sealed class Priming : IStrategy<PrimingOptions, ILanguageModel>, IReads<LabelledTextExample>
{
    /// <inheritdoc/>
    public void Run(PrimingOptions options, IRun<ILanguageModel> run, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(run);
        if (options.Shots.Any(shots => shots < 0))
            throw new ModelException($"'shots' has {options.Shots.Min()}; a prompt has 0 examples or more.");
        ITokenizer tokenizer = run.Tokenizer ?? throw new ModelException("Prompts are text, and the run has no tokenizer. Name one in the recipe's 'tokenizer'.");
        IExamples<LabelledTextExample> pool = run.Data.Examples<LabelledTextExample>(Split.Train)!;
        IExamples<LabelledTextExample> heldOut = run.Data.Examples<LabelledTextExample>(Split.Validation)
            ?? throw new ModelException("There is nothing to ask about: validation:share is 0, and the data has no split of its own. Set validation:share above 0.");
        LabelledTextExample[] asked = [.. EvenlySpaced(heldOut, options.Examples)];
        bool cloze = run.Model is not ICausalLanguageModel;
        var prompts = new Prompts(
            options, tokenizer, run.Data.Facts.Labels, cloze ? PromptFrame.Cloze(tokenizer.Special) : PromptFrame.Continued(tokenizer.Special), run.Model.ContextLength);
        ILabelScorer scorer = run.Model switch
        {
            ICausalLanguageModel model => new LabelScorer(model, prompts.Answers, options.LengthNormalized),
            IMaskedLanguageModel model => new ClozeScorer(model, prompts.Answers, tokenizer.Special, options.LengthNormalized),
            _ => throw new ModelException($"{run.Model.GetType().Name} predicts neither the next token nor hidden ones, so no label can be read from it. Choose another model."),
        };

        run.Model.Module.eval();
        using IDisposable untracked = torch.no_grad();
        var results = new PrimingResults(options, run.Data.Facts.Labels, asked);
        foreach (int shots in options.Shots.Distinct().Order())
        {
            for (int draw = 0; draw < (shots == 0 ? 1 : options.Draws); draw++)
            {
                long[] places = Draw(pool.Count, shots, run.Random.Fork("draw").Fork(draw));
                LabelledTextExample[] examples = [.. places.Select(place => pool[place])];
                results.Add(shots, draw, places, Measure(options, prompts, scorer, examples, asked, stop));
            }

            run.Record($"priming/accuracy_{shots}", results.Mean(shots, measured => measured.Plain.Accuracy));
        }

        run.Report(results.Table());
        run.Write("priming", results.Json());
        run.Write("priming", results.Figure());
    }

    /// <summary>Predicts the labels of all texts behind the same examples.</summary>
    private static Measured Measure(
        PrimingOptions options, Prompts prompts, ILabelScorer scorer, LabelledTextExample[] examples, LabelledTextExample[] asked, CancellationToken stop)
    {
        double[]? bias = options.Calibrate
            ? Calibration.Bias(scorer.Score([.. options.ContentFree.Select(text => prompts.For(examples, text))]))
            : null;
        var plain = new List<int>();
        var calibrated = new List<int>();
        double shown = 0;
        foreach (LabelledTextExample[] part in asked.Chunk(options.BatchSize))
        {
            stop.ThrowIfCancellationRequested();
            PrimedPrompt[] made = [.. part.Select(example => prompts.For(examples, example.Text))];
            shown += made.Sum(prompt => prompt.Examples);
            foreach (double[] scores in scorer.Score(made))
            {
                plain.Add(Calibration.Best(scores));
                if (bias is not null)
                    calibrated.Add(Calibration.Predict(scores, bias));
            }
        }

        int[] actual = [.. asked.Select(example => example.Label)];
        return new Measured(Figures.Of(actual, plain), bias is null ? null : Figures.Of(actual, calibrated), shown / asked.Length);
    }

    // The first K of an order that the draw decides: more examples are the fewer ones and others.
    private static long[] Draw(long count, int shots, SeededRandom random)
    {
        if (shots > count)
        {
            throw new ModelException(string.Create(CultureInfo.InvariantCulture,
                $"'shots' has {shots}, but there are {count} examples to draw from. Ask for fewer, or hold out a smaller share (validation:share)."));
        }

        var drawn = new List<long>(shots);
        while (drawn.Count < shots)
        {
            long place = random.Next(count);
            if (!drawn.Contains(place))
                drawn.Add(place);
        }

        return [.. drawn];
    }

    private static IEnumerable<LabelledTextExample> EvenlySpaced(IExamples<LabelledTextExample> examples, int most)
    {
        long wanted = most == 0 ? examples.Count : Math.Min(most, examples.Count);
        for (long i = 0; i < wanted; i++)
            yield return examples[i * examples.Count / wanted];
    }
}
