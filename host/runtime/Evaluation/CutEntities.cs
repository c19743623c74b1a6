using TorchSharp;

namespace Tenon.Host.Evaluation;

/// <summary>Counts entities beyond the end of a model's context, which the model cannot find.</summary>
internal static class CutEntities
{
    /// <summary>Returns the number of such entities.</summary>
    /// <param name="sentences">Labelled sentences.</param>
    /// <param name="collate">The model's collate function, which truncates sentences.</param>
    /// <param name="labels">Names of the classes.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="stop">Cancels between sentences.</param>
    public static long Count(
        IExamples<TokenLabelledExample> sentences, ICollate<TokenLabelledExample> collate, IReadOnlyList<string> labels,
        ITokenizer? tokenizer, CancellationToken stop)
    {
        var context = new CollateContext(new SeededRandom(0), Training: false, tokenizer);
        long count = 0;
        for (long index = 0; index < sentences.Count; index++)
        {
            stop.ThrowIfCancellationRequested();
            TokenLabelledExample sentence = sentences[index];
            using DisposeScope scope = torch.NewDisposeScope();
            using Batch batch = collate.Collate([sentence], context);
            if (batch.Truncated == 0)
                continue;
            long kept = batch[BatchNames.Labels].ne(BatchNames.Ignored).sum().item<long>(); // words
            count += EntityCounts.Entities([.. sentence.Tags.Select(tag => labels[tag])]).Count(entity => entity.Start >= kept);
        }

        return count;
    }
}
