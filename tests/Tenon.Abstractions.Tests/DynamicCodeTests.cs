namespace Tenon.Abstractions.Tests;

public class DynamicCodeTests
{
    [Fact]
    public void Each_decade_has_twice_as_many_numbers_as_the_one_below_it()
    {
        IReadOnlyList<float> signed = DynamicCode.Signed, unsigned = DynamicCode.Unsigned;

        foreach (IReadOnlyList<float> code in new[] { signed, unsigned })
            code.Should().HaveCount(256).And.BeInAscendingOrder().And.OnlyHaveUniqueItems().And.Contain([0, 1]);
        foreach ((int decade, double end) in Enumerable.Range(0, 7).Select(decade => (decade, Math.Pow(10, decade - 6))))
        {
            signed.Count(number => number > end / 10 && number < end).Should().Be(1 << decade);
            signed.Count(number => number < -end / 10 && number > -end).Should().Be(1 << decade);
            unsigned.Count(number => number > end / 10 && number < end).Should().Be(2 << decade);
        }
    }

    // The parts of [0.1, 1] have the width 0.9 / 64 in the last decade of the signed code and 0.9 / 128 in that of the unsigned one.
    [Fact]
    public void Numbers_are_the_middles_of_equal_parts_of_a_decade()
    {
        DynamicCode.Signed[^2].Should().BeApproximately(1 - 0.9f / 128, 1e-7f);
        DynamicCode.Signed[0].Should().BeApproximately(-1 + 0.9f / 128, 1e-7f);
        DynamicCode.Signed.Where(number => number > 0).Take(3).Should().Equal(5.5e-7f, 3.25e-6f, 7.75e-6f);
        DynamicCode.Unsigned.Take(3).Should().Equal(0, 3.25e-7f, 7.75e-7f);
    }

    [Fact]
    public void The_count_of_thresholds_below_a_number_is_the_index_of_the_nearest_value()
    {
        IReadOnlyList<float> thresholds = DynamicCode.Thresholds(DynamicCode.Signed);

        thresholds.Should().HaveCount(255).And.BeInAscendingOrder();
        foreach (float number in new[] { -1, -0.3f, -2e-5f, 0, 1e-8f, 0.123f, 0.9999f })
        {
            DynamicCode.Signed[thresholds.Count(threshold => threshold < number)]
                .Should().Be(DynamicCode.Signed.MinBy(value => Math.Abs(value - number)));
        }
    }
}
