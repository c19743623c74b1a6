using Tenon.Host.Native;
using Tenon.Host.Tests.Training;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Host.Tests.Native;

/// <summary>oneDNN's results once torch is prepared, whatever the processor reports of its caches.</summary>
[Collection(nameof(TorchTests))]
public sealed class HiddenCachesTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public HiddenCachesTests() => TorchRuntime.Prepare();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void They_are_corrected_exactly_where_the_processor_hides_them()
    {
        if (HiddenCaches.Exist)
            HiddenCaches.Correct().Should().Match<TuningResult>(result => result.Applied && result.Detail.StartsWith("typical sizes"));
        else
            HiddenCaches.Correct().Should().BeNull();
    }

    [Theory]
    [InlineData(torch.ScalarType.Float32, 1e-4)]
    [InlineData(torch.ScalarType.BFloat16, 2e-2)]
    public void Convolutions_read_nothing_but_their_operands(torch.ScalarType type, double tolerance)
    {
        foreach ((long inputs, long outputs) in new[] { (1L, 32L), (32L, 1L), (3L, 40L), (24L, 17L), (48L, 48L), (32L, 3L) })
        {
            foreach ((long kernel, long stride, long padding) in new[] { (3L, 1L, 1L), (3L, 2L, 0L), (1L, 1L, 0L), (4L, 4L, 0L) })
                ShouldBeExact([2, inputs, 8, 8], [outputs, inputs, kernel, kernel], [stride, stride], [padding, padding], type, tolerance);
        }
    }

    [Theory]
    [InlineData(16, 48)]
    [InlineData(20, 100)]
    public void LSTMs_read_nothing_but_their_operands(long inputs, long hidden)
    {
        torch.manual_seed(1);
        using var found = torch.nn.LSTM(inputs, hidden, numLayers: 2, bidirectional: true, batchFirst: true);
        using var exact = torch.nn.LSTM(inputs, hidden, numLayers: 2, bidirectional: true, batchFirst: true).to(torch.ScalarType.Float64);
        using IDisposable noGrad = torch.no_grad();
        foreach ((Tensor copy, Tensor of) in exact.parameters().Zip(found.parameters()))
            copy.copy_(of);
        Tensor input = torch.randn(2, 5, inputs);
        PoisonedMemory.Leave();

        Difference(found.call(input).Item1, exact.call(input.to(torch.ScalarType.Float64)).Item1).Should().BeLessThan(1e-4);
    }

    private static void ShouldBeExact(
        long[] inputShape, long[] weightShape, long[] strides, long[] padding, torch.ScalarType type, double tolerance)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.manual_seed(1);
        Tensor input = torch.randn(inputShape).to(type), weight = torch.randn(weightShape).to(type);
        Tensor gradient = torch.randn(torch.nn.functional.conv2d(input, weight, null, strides, padding).shape).to(type);
        Tensor[] exact = Results(torch.ScalarType.Float64);
        Tensor[] found = Results(type);
        string[] names = ["result", "input's gradient", "weight's gradient"];
        for (int i = 0; i < names.Length; i++)
        {
            Difference(found[i], exact[i]).Should().BeLessThan(
                tolerance, $"{names[i]}, {weightShape[1]} to {weightShape[0]} channels, kernel {weightShape[2]}, stride {strides[0]}");
        }

        Tensor[] Results(torch.ScalarType computed)
        {
            (Tensor x, Tensor w) = (Leaf(input), Leaf(weight));
            PoisonedMemory.Leave();
            Tensor result = torch.nn.functional.conv2d(x, w, null, strides, padding);
            PoisonedMemory.Leave();
            result.backward([gradient.to(computed)]);
            return [result.detach(), x.grad!, w.grad!];

            Tensor Leaf(Tensor values) => values.to(computed).clone().detach().requires_grad_();
        }
    }

    // The largest difference, relative to the largest number; infinite where something is not a number.
    private static double Difference(Tensor found, Tensor exact)
    {
        double difference = ((found.to(torch.ScalarType.Float64) - exact).abs().max() / exact.abs().max()).item<double>();
        return double.IsNaN(difference) ? double.PositiveInfinity : difference;
    }
}
