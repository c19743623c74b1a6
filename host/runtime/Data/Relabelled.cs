namespace Tenon.Host.Data;

/// <summary>Examples whose labels are mapped to other classes.</summary>
/// <param name="examples">The examples.</param>
/// <param name="classes">The new index of each class.</param>
internal sealed class Relabelled(IExamples<Example> examples, int[] classes) : IExamples<Example>
{
    public long Count => examples.Count;

    public Example this[long index] => examples[index] switch
    {
        LabelledTextExample text => text with { Label = classes[text.Label] },
        TextPairExample { Label: { } label } pair => pair with { Label = classes[label] },
        TokenLabelledExample sentence => sentence with { Tags = [.. sentence.Tags.Select(tag => classes[tag])] },
        ImageExample { Label: { } label } image => image with { Label = classes[label] },
        { ClassLabel: null } unlabelled => unlabelled,
        var other => throw new DataException(
            $"The labels of {other.GetType().Name} cannot be mapped to the classes of the model. Use data with the model's classes in " +
            "the same order."),
    };

    public string? Origin(long index) => examples.Origin(index);
}
