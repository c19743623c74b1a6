using System.ComponentModel.DataAnnotations;

namespace Tenon.Priming;

/// <summary>
/// Few-shot in-context learning (Brown et al. 2020): the prompt contains K labelled examples, and the prediction is the label
/// whose word is most probable after it. A masked model predicts the word at a mask instead (cloze prompts; Schick and Schütze
/// 2021, without their training). Nothing is trained; the model stays unchanged bit for bit. Examples are drawn from the training
/// split, and predictions are evaluated on the held-out split. Not supported: choosing examples by their similarity to the text.
/// </summary>
[Strategy("priming", "Zero-, one- and few-shot classification with examples in the prompt, without training", Trains = false,
    RunsInParallel = false)]
public sealed class Priming : IStrategy<PrimingOptions, ILanguageModel>, IReads<LabelledTextExample>
{
    /// <inheritdoc/>
    public void Run(PrimingOptions options, IRun<ILanguageModel> run, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(run);
        ITokenizer tokenizer = run.Tokenizer!;
        IExamples<LabelledTextExample> pool = run.Data.Examples<LabelledTextExample>(Split.Train)!;
        LabelledTextExample[] queries = [.. EvenlySpaced(run.Data.Examples<LabelledTextExample>(Split.Validation)!, options.Examples)];
        var words = new LabelWords(options, tokenizer, run.Data.Facts.Labels);
        var prompts = new Prompts(options, tokenizer, words, PromptFrame.Of(run.Model, tokenizer), run.Model.ContextLength);
        ILabelScorer scorer = run.Model is ICausalLanguageModel causal
            ? new LabelScorer(causal, words.Tokens, options.LengthNormalized)
            : new ClozeScorer((IMaskedLanguageModel)run.Model, words.Tokens, tokenizer.Special, options.LengthNormalized);

        run.Model.Module.eval();
        using IDisposable untracked = torch.no_grad();
        var results = new PrimingResults(options, run.Data.Facts.Labels, queries);
        foreach (int shots in options.Shots.Distinct().Order())
        {
            for (int draw = 0; draw < (shots == 0 ? 1 : options.Draws); draw++)
            {
                long[] indices = Draw(pool.Count, shots, run.Random.Fork("draw").Fork(draw));
                LabelledTextExample[] examples = [.. indices.Select(index => pool[index])];
                results.Add(shots, draw, indices, Measure(options, prompts, scorer, examples, queries, stop));
            }

            run.Record($"priming/accuracy_{shots}", results.Mean(shots, measured => measured.Plain.Accuracy));
        }

        run.Report(results.Table());
        run.Write("priming", results.Json());
        run.Write("priming", results.Figure());
    }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(PrimingOptions options, ILanguageModel model, ITokenizer? tokenizer, IRunData data) =>
        PrimingValidation.Of(options, model, tokenizer, data);

    /// <summary>Predicts the labels of all texts after the same examples.</summary>
    private static Measured Measure(
        PrimingOptions options, Prompts prompts, ILabelScorer scorer, LabelledTextExample[] examples, LabelledTextExample[] queries,
        CancellationToken stop)
    {
        double[]? bias = options.Calibrate
            ? Calibration.Bias(scorer.Score([.. options.ContentFree.Select(text => prompts.For(examples, text))]))
            : null;
        var plain = new List<int>();
        var calibrated = new List<int>();
        double shown = 0;
        foreach (LabelledTextExample[] part in queries.Chunk(options.BatchSize))
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

        int[] actual = [.. queries.Select(example => example.Label)];
        return new Measured(Figures.Of(actual, plain), bias is null ? null : Figures.Of(actual, calibrated), shown / queries.Length);
    }

    // The first K of the draw's permutation, so that a larger K adds to the examples of a smaller one.
    private static long[] Draw(long count, int shots, SeededRandom random)
    {
        var drawn = new List<long>(shots);
        while (drawn.Count < shots)
        {
            long index = random.Next(count);
            if (!drawn.Contains(index))
                drawn.Add(index);
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
