namespace Tenon.Layers.Tests;

/// <summary>Compares linear maps whose weights exist only in a packed format with maps that have the dequantized weights.</summary>
public sealed class FrozenProductTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public static TheoryData<WeightFormat, torch.ScalarType, bool> Maps
    {
        get
        {
            var maps = new TheoryData<WeightFormat, torch.ScalarType, bool>();
            foreach (WeightFormat format in Enum.GetValues<WeightFormat>())
            {
                foreach (torch.ScalarType type in new[] { torch.ScalarType.Float32, torch.ScalarType.BFloat16 })
                {
                    maps.Add(format, type, false);
                    maps.Add(format, type, true);
                }
            }

            return maps;
        }
    }

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(Maps))]
    public void Result_and_gradient_are_those_of_the_dequantized_weight(WeightFormat format, torch.ScalarType type, bool transposed)
    {
        using torch.Generator seeded = torch.manual_seed(5);
        Tensor weight = torch.randn([95, 141]), bias = torch.randn([95]);
        using Linear frozen = Frozen(weight, bias, format, type, transposed);
        using Linear plain = new(141, 95, new BuildContext(torch.CPU, new Autocast { Type = type }), transposed: transposed);
        using PackedWeight packed = PackedWeight.Of(weight, bias: null, format);
        using (torch.no_grad())
        {
            Tensor rounded = packed.Dequantize(torch.ScalarType.Float32);
            plain.Weight.copy_(transposed ? rounded.t() : rounded);
            plain.Bias!.copy_(bias);
        }

        Tensor values = torch.randn([3, 20, 141]);
        Tensor input = values.clone().requires_grad_(), expectedInput = values.clone().requires_grad_();
        Tensor output = frozen.call(input), expected = plain.call(expectedInput);
        Tensor direction = torch.randn([3, 20, 95]);
        (output * direction).sum().backward();
        (expected * direction).sum().backward();

        output.dtype.Should().Be(type);
        Near(output, expected, 1e-6);
        Near(input.grad!, expectedInput.grad!, type == torch.ScalarType.Float32 ? 1e-6 : 0.01);
        frozen.Bias!.grad.Should().BeNull();
        using var untracked = torch.no_grad();
        Near(frozen.call(values), expected, 1e-6);
        Near(frozen.call(values[0, 0]), plain.call(values[0, 0]), type == torch.ScalarType.Float32 ? 1e-6 : 0.01);
    }

    [Theory]
    [InlineData(WeightFormat.Bf16)]
    [InlineData(WeightFormat.Int8)]
    [InlineData(WeightFormat.Nf4)]
    public void The_loss_of_a_frozen_head_is_that_of_the_dequantized_weight(WeightFormat format)
    {
        using torch.Generator seeded = torch.manual_seed(6);
        Tensor weight = torch.randn([300, 64]), values = torch.randn([40, 64]), bias = torch.randn([300]);
        Tensor labels = torch.randint(0, 300, [40], torch.ScalarType.Int64);
        labels[3] = -100;
        using PackedWeight packed = PackedWeight.Of(weight, bias: null, format);
        Tensor hidden = values.clone().requires_grad_(), expectedHidden = values.clone().requires_grad_();

        Tensor loss = CrossEntropy.OfFrozen(hidden, packed, labels, new Autocast(), bias);
        Tensor expected = CrossEntropy.Mean(F.linear(expectedHidden, packed.Dequantize(torch.ScalarType.Float32), bias), labels);
        loss.backward();
        expected.backward();

        Near(loss, expected, 1e-6);
        Near(hidden.grad!, expectedHidden.grad!, 1e-5);
    }

    [Fact]
    public void A_step_leaves_no_tensors_behind()
    {
        using Linear map = Frozen(torch.randn([64, 64]), torch.zeros([64]), WeightFormat.Nf4, torch.ScalarType.Float32, transposed: false);
        using Tensor input = torch.randn([4, 64]).requires_grad_();
        void Step()
        {
            using DisposeScope scope = torch.NewDisposeScope();
            map.call(input).sum().backward();
            input.grad = null;
        }

        Step();
        LiveTensors.LeftBy(Step).Should().Be(0);
    }

    private static Linear Frozen(Tensor weight, Tensor bias, WeightFormat format, torch.ScalarType type, bool transposed)
    {
        var context = new BuildContext(torch.CPU, new Autocast { Type = type }) { PackedOnly = format, IsFrozenBase = true };
        var map = new Linear(weight.size(1), weight.size(0), context, transposed: transposed);
        foreach (Parameter parameter in map.parameters())
            parameter.requires_grad = false;
        using (torch.no_grad())
            map.Bias!.copy_(bias).DetachFromDisposeScope();
        Tensor stored = transposed ? weight.t() : weight;
        map.LoadPacked((first, count) => stored.narrow(0, first, count)).Should().BeTrue();
        return map;
    }

    private static void Near(Tensor found, Tensor expected, double most)
    {
        (Tensor a, Tensor b) = (found.detach().to(torch.ScalarType.Float64), expected.detach().to(torch.ScalarType.Float64));
        ((a - b).abs().max() / b.abs().max()).item<double>().Should().BeLessThanOrEqualTo(most);
    }
}
