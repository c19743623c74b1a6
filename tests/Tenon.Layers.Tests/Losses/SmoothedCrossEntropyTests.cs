namespace Tenon.Layers.Tests;

/// <summary>Compares the loss with its definition: the cross-entropy with targets (1 − ε) · one-hot + ε / classes.</summary>
public sealed class SmoothedCrossEntropyTests : IDisposable
{
    private const int Rows = 6, Hidden = 5, Classes = 7;
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(0.0, false)]
    [InlineData(0.1, false)]
    [InlineData(0.1, true)]
    [InlineData(0.6, true)]
    public void Loss_and_gradients_are_those_of_the_definition(double share, bool hasBias)
    {
        using torch.Generator seeded = torch.manual_seed(4);
        Tensor hidden = torch.randn([Rows, Hidden]), weight = torch.randn([Classes, Hidden]), bias = torch.randn([Classes]);
        Tensor labels = torch.tensor(new long[] { 3, BatchNames.Ignored, 0, 6, 6, BatchNames.Ignored });
        Tensor[] inputs = hasBias ? [hidden, weight, bias] : [hidden, weight];

        (float expected, Tensor[] gradients) = Backward(() => Definition(Logits(), labels, share));

        foreach (Func<Tensor> loss in new Func<Tensor>[]
        {
            () => SmoothedCrossEntropy.Mean(Logits(), labels, share),
            () => SmoothedCrossEntropy.OfLinear(inputs[0], inputs[1], labels, new Autocast(), share, hasBias ? inputs[2] : null),
        })
        {
            (float found, Tensor[] ofLoss) = Backward(loss);
            found.Should().BeApproximately(expected, 1e-5f);
            foreach ((Tensor own, Tensor reference) in ofLoss.Zip(gradients))
                (own - reference).abs().max().item<float>().Should().BeLessThan(1e-5f);
        }

        Tensor Logits() => inputs[0].matmul(inputs[1].t()) + (hasBias ? inputs[2] : torch.zeros([Classes]));

        (float, Tensor[]) Backward(Func<Tensor> loss)
        {
            inputs = Array.ConvertAll(inputs, input => input.detach().clone().requires_grad_());
            Tensor value = loss();
            value.backward();
            return (value.item<float>(), Array.ConvertAll(inputs, input => input.grad!));
        }
    }

    [Fact]
    public void Without_labels_the_loss_is_zero()
    {
        Tensor labels = torch.full([2], BatchNames.Ignored, torch.ScalarType.Int64);

        SmoothedCrossEntropy.Mean(torch.ones([2, Classes]), labels, 0.1).item<float>().Should().Be(0);
    }

    private static Tensor Definition(Tensor logits, Tensor labels, double share)
    {
        Tensor[] rows = [.. Enumerable.Range(0, Rows).Where(row => labels[row].item<long>() >= 0).Select(row =>
        {
            Tensor target = torch.full([Classes], share / Classes);
            target[labels[row].item<long>()] = torch.tensor((float)(1 - share + share / Classes));
            return -(target * logits[row].log_softmax(0)).sum();
        })];
        return torch.stack(rows).mean();
    }
}
