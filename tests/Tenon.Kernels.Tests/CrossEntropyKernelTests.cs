namespace Tenon.Kernels.Tests;

public sealed class CrossEntropyKernelTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(torch.ScalarType.Float32, 7, 1e-6)]
    [InlineData(torch.ScalarType.Float32, 1003, 1e-6)]
    [InlineData(torch.ScalarType.BFloat16, 1003, 4e-3)] // the gradient is rounded to 8 bits
    public void Losses_and_gradients_equal_torchs(torch.ScalarType type, int classes, double tolerance)
    {
        using torch.Generator seeded = torch.manual_seed(4);
        Tensor logits = (torch.randn(50, classes) * 5).to(type), labels = torch.randint(classes, [50], torch.ScalarType.Int64);
        labels[3] = BatchNames.Ignored;
        Tensor wide = logits.to(torch.ScalarType.Float64).requires_grad_();
        Tensor expected = F.cross_entropy(wide, labels, ignore_index: BatchNames.Ignored, reduction: torch.nn.Reduction.Sum);
        (expected * 0.5).backward();

        double kept = CrossEntropyKernel.Sum(logits, labels, factor: null);
        double loss = CrossEntropyKernel.Sum(logits, labels, factor: 0.5f);

        CrossEntropyKernel.Supports(logits).Should().BeTrue();
        loss.Should().Be(kept).And.BeApproximately(expected.item<double>(), 1e-5 * expected.item<double>());
        (logits.to(torch.ScalarType.Float64) - wide.grad!).abs().max().item<double>().Should().BeLessThan(tolerance);
        logits[3].abs().max().to(torch.ScalarType.Float32).item<float>().Should().Be(0);
    }

    [Fact]
    public void A_label_out_of_range_is_rejected() =>
        FluentActions.Invoking(() => CrossEntropyKernel.Sum(torch.zeros(2, 5), torch.tensor(new long[] { 1, 5 }), null))
            .Should().Throw<ModelException>().WithMessage("A label is 5*0 … 4*");

    [Fact]
    public void The_number_of_threads_does_not_matter()
    {
        Tensor logits = torch.randn(300, 2000), labels = torch.randint(2000, [300], torch.ScalarType.Int64);
        Threads.ShouldNotMatter(() =>
        {
            Tensor copy = logits.clone();
            CrossEntropyKernel.Sum(copy, labels, 1);
            return copy;
        });
    }
}
