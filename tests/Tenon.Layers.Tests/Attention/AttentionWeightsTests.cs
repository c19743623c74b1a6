namespace Tenon.Layers.Tests;

public sealed class AttentionWeightsTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(torch.ScalarType.Float32, 1e-6)]
    [InlineData(torch.ScalarType.BFloat16, 8e-3)] // 8 bits, of weights and of gradients
    public void Weights_and_gradients_equal_the_formula_in_float64(torch.ScalarType type, double relative)
    {
        using torch.Generator seeded = torch.manual_seed(6);
        foreach ((long queries, long keys, Tensor? keyMask, Tensor? sequences, int? window) in Masks())
        {
            Tensor bias = AttentionMask.Create(queries, keys, causal: true, keyMask, type, torch.CPU, sequences, window)!;
            Tensor scores = (torch.randn(2, 3, queries, keys) * 3).to(type).requires_grad_();
            Tensor cotangent = torch.randn(2, 3, queries, keys).to(type), exact = Wide(scores).requires_grad_();
            Tensor expected = (exact + Wide(bias)).softmax(-1);
            Tensor gradient = torch.autograd.grad([(expected * Wide(cotangent)).sum()], [exact])[0];

            // The function may use the memory of its input, which is never a leaf in a model.
            Tensor found = AttentionWeights.Of(scores * 1, bias);
            Tensor foundGradient = torch.autograd.grad([(found * cotangent).sum()], [scores])[0];
            using (torch.no_grad())
                Goldens.Difference(AttentionWeights.Of(scores.clone(), bias), found).Should().Be(0);

            found.dtype.Should().Be(type);
            Goldens.Difference(found, expected).Should().BeLessThan(relative);
            Goldens.Difference(foundGradient, gradient).Should().BeLessThan(relative * gradient.abs().max().item<double>());
        }

        static Tensor Wide(Tensor tensor) => tensor.detach().to(torch.ScalarType.Float64);
    }

    [Fact]
    public void A_query_that_attends_to_nothing_has_equal_weights()
    {
        Tensor keyMask = torch.tensor(new long[,] { { 0, 0, 0, 0, 0, 0, 0, 0, 1 } });
        Tensor bias = AttentionMask.Create(9, 9, causal: true, keyMask, torch.ScalarType.Float32, torch.CPU)!;

        Tensor weights = AttentionWeights.Of(torch.randn(1, 1, 9, 9), bias);

        weights[0, 0, 3].data<float>().Should().OnlyContain(weight => Math.Abs(weight - 1f / 9) < 1e-6);
        weights[0, 0, 8].data<float>().Should().Equal(0, 0, 0, 0, 0, 0, 0, 0, 1);
    }

    [Fact]
    public void The_number_of_threads_does_not_matter()
    {
        Tensor scores = torch.randn(4, 2, 100, 300);
        Tensor bias = AttentionMask.Create(100, 300, causal: true, keyMask: null, torch.ScalarType.Float32, torch.CPU)!;

        Threads.ShouldNotMatter(() => AttentionWeights.Of(scores.clone(), bias));
    }

    private static IEnumerable<(long Queries, long Keys, Tensor? KeyMask, Tensor? Sequences, int? Window)> Masks()
    {
        yield return (5, 5, null, null, null);
        yield return (40, 57, null, null, null);
        yield return (33, 33, null, null, 7);
        Tensor keyMask = torch.ones([2, 50], torch.ScalarType.Int64);
        keyMask[1].narrow(0, 0, 20).zero_();
        yield return (50, 50, keyMask, null, null);
        yield return (16, 50, keyMask, null, null);
        yield return (24, 24, null, torch.arange(24).floor_divide(7).expand(2, 24).contiguous(), null);
    }
}
