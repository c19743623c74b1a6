namespace Tenon.Layers.Tests.Diffusion;

public sealed class TimestepSpacingTests
{
    public static TheoryData<string, Func<int, int, int[]>> Spacings => new()
    {
        { "leading", (steps, timesteps) => TimestepSpacing.Leading(steps, timesteps) },
        { "trailing", TimestepSpacing.Trailing },
        { "linspace", TimestepSpacing.Linspace },
    };

    [Fact]
    public void Leading_takes_every_nth_timestep_from_0()
    {
        TimestepSpacing.Leading(5, 10).Should().Equal(8, 6, 4, 2, 0);
        TimestepSpacing.Leading(3, 10).Should().Equal(6, 3, 0);
    }

    [Fact]
    public void An_offset_is_added_to_each_leading_timestep() => TimestepSpacing.Leading(5, 10, offset: 1).Should().Equal(9, 7, 5, 3, 1);

    // 10, 7.5, 5 and 2.5 are rounded to the even neighbor, as numpy and torch do, and then lowered by 1.
    [Fact]
    public void Trailing_takes_every_nth_timestep_down_from_the_last() => TimestepSpacing.Trailing(4, 10).Should().Equal(9, 7, 4, 1);

    [Fact]
    public void Linspace_includes_both_ends()
    {
        TimestepSpacing.Linspace(4, 10).Should().Equal(9, 6, 3, 0);
        TimestepSpacing.Linspace(2, 1000).Should().Equal(999, 0);
    }

    [Fact]
    public void A_single_linspace_step_is_timestep_0() => TimestepSpacing.Linspace(1, 10).Should().Equal(0);

    [Theory]
    [MemberData(nameof(Spacings))]
    public void As_many_steps_as_timesteps_visit_each_once(string name, Func<int, int, int[]> spacing) =>
        spacing(10, 10).Should().Equal([9, 8, 7, 6, 5, 4, 3, 2, 1, 0], name);

    [Theory]
    [MemberData(nameof(Spacings))]
    public void Fewer_than_one_step_and_more_steps_than_timesteps_are_rejected(string name, Func<int, int, int[]> spacing)
    {
        foreach (int steps in new[] { -1, 0, 11 })
        {
            Action act = () => spacing(steps, 10);
            act.Should().Throw<ModelException>(name).WithMessage(
                $"{steps} denoising steps were requested, but the model was trained with 10 timesteps. Use 1 to 10 steps.");
        }
    }

    [Fact]
    public void An_offset_beyond_the_last_timestep_is_rejected()
    {
        Action act = () => TimestepSpacing.Leading(5, 10, offset: 2);
        act.Should().Throw<ModelException>().WithMessage(
            "With 5 steps and an offset of 2 the first timestep would be 10; the model has 0 … 9. Lower one of them.");
    }
}
