namespace Tenon.Layers.Tests.Normalization;

public sealed class GroupNormTests : IDisposable
{
    private const double Epsilon = 1e-5;
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(32, 8)]
    [InlineData(16, 16)] // one channel per group
    [InlineData(48, 1)]
    public void Each_group_of_an_image_has_mean_0_and_variance_1_before_gain_and_offset(int channels, int groups)
    {
        GroupNorm norm = Norm(groups, channels);
        Tensor input = torch.randn(2, channels, 5, 7) * 3 + 10;
        Tensor members = input.view(2, groups, -1); // [B, C, H, W] -> [B, groups, members]
        Tensor std = (members.var(2, unbiased: false, keepdim: true) + Epsilon).sqrt();
        Tensor normalized = (members - members.mean([2L], keepdim: true)) / std;
        Tensor gain = norm.get_parameter("weight")!.view(-1, 1, 1), offset = norm.get_parameter("bias")!.view(-1, 1, 1);
        Tensor expected = normalized.view(input.shape) * gain + offset;

        norm.call(input).allclose(expected, 1e-4, 1e-4).Should().BeTrue();
    }

    [Fact]
    public void The_result_of_a_bfloat16_input_is_float32()
    {
        GroupNorm norm = Norm(8, 32);
        Tensor input = torch.randn(2, 32, 4, 4).to(torch.ScalarType.BFloat16);

        Tensor found = norm.call(input);

        found.dtype.Should().Be(torch.ScalarType.Float32);
        found.allclose(norm.call(input.to(torch.ScalarType.Float32))).Should().BeTrue();
    }

    [Fact]
    public void Groups_that_do_not_divide_the_channels_are_rejected() =>
        FluentActions.Invoking(() => Norm(5, 32)).Should().Throw<ModelException>().WithMessage("32 channels*5 groups*");

    private static GroupNorm Norm(int groups, int channels)
    {
        torch.manual_seed(7);
        GroupNorm norm = new(groups, channels, Epsilon, new BuildContext(torch.CPU, new Autocast()));
        using IDisposable noGrad = torch.no_grad();
        norm.get_parameter("weight")!.add_(torch.randn(channels) * 0.3);
        norm.get_parameter("bias")!.add_(torch.randn(channels) * 0.3);
        return norm;
    }
}
