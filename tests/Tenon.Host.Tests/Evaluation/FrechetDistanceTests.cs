using Tenon.Host.Evaluation;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Host.Tests.Evaluation;

[Collection("torch")]
public sealed class FrechetDistanceTests
{
    [Fact]
    public void Gaussians_whose_axes_agree_have_the_sum_over_axes_of_mean_and_deviation_differences_squared()
    {
        // tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½) of diagonal matrices is Σ(σ₁ − σ₂)².
        using FeatureMoments first = Moments([1, 2, 3], [4, 9, 16]);
        using FeatureMoments second = Moments([2, 2, 1], [1, 25, 16]);
        FrechetDistance.Between(first, second).Should().BeApproximately(1 + 0 + 4 + (1 + 4 + 0), 1e-9);
        FrechetDistance.Between(second, first).Should().BeApproximately(10, 1e-9);
    }

    [Fact]
    public void Rotating_both_gaussians_changes_nothing()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor rotation = torch.linalg.qr(torch.randn([3, 3], torch.ScalarType.Float64, generator: new torch.Generator(5))).Q;
        using FeatureMoments first = Moments([1, 2, 3], [4, 9, 16], rotation);
        using FeatureMoments second = Moments([2, 2, 1], [1, 25, 16], rotation);
        FrechetDistance.Between(first, second).Should().BeApproximately(10, 1e-9);
    }

    [Fact]
    public void Covariances_that_do_not_commute_agree_with_the_closed_form_in_two_dimensions()
    {
        // tr((Σ₁Σ₂)^½) = √(tr(Σ₁Σ₂) + 2√det(Σ₁Σ₂)) in two dimensions.
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor a = torch.tensor(new double[,] { { 2, 1 }, { 1, 3 } });
        Tensor b = torch.tensor(new double[,] { { 5, -1 }, { -1, 1 } });
        using var first = new FeatureMoments(torch.zeros(2, torch.ScalarType.Float64), a, 9);
        using var second = new FeatureMoments(torch.zeros(2, torch.ScalarType.Float64), b, 9);
        double trace = 2 * 5 + 1 * -1 + 1 * -1 + 3 * 1;
        double determinant = 5.0 * 4.0;
        FrechetDistance.Between(first, second).Should().BeApproximately(5 + 6 - 2 * Math.Sqrt(trace + 2 * Math.Sqrt(determinant)), 1e-9);
    }

    [Fact]
    public void Moments_are_those_of_the_vectors_with_an_unbiased_covariance()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using FeatureMoments moments = FeatureMoments.Of(torch.tensor(new float[,] { { 0, 0 }, { 2, 0 }, { 0, 4 }, { 2, 4 } }));
        moments.Count.Should().Be(4);
        moments.Mean.data<double>().ToArray().Should().Equal(1, 2);
        moments.Covariance.data<double>().ToArray().Should().BeEquivalentTo([4 / 3.0, 0, 0, 16 / 3.0]);
        FrechetDistance.Between(moments, moments).Should().BeApproximately(0, 1e-9);
    }

    [Fact]
    public void One_vector_has_no_covariance()
    {
        using Tensor one = torch.zeros(1, 3);
        one.Invoking(FeatureMoments.Of).Should().Throw<DataException>()
            .WithMessage("A covariance needs at least 2 examples, but there are 1. Use more.");
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using FeatureMoments first = Moments([1, 2, 3], [4, 9, 16]);
        using FeatureMoments second = Moments([2, 2, 1], [1, 25, 16]);
        LiveTensors.LeftBy(() => FrechetDistance.Between(first, second)).Should().Be(0);
    }

    private static FeatureMoments Moments(double[] mean, double[] variances, Tensor? rotation = null)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor turn = rotation ?? torch.eye(mean.Length, dtype: torch.ScalarType.Float64);
        return new FeatureMoments(turn.mv(torch.tensor(mean)), turn.mm(torch.diag(torch.tensor(variances))).mm(turn.transpose(0, 1)), 100);
    }
}
