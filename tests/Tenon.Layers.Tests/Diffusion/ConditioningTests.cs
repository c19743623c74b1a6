namespace Tenon.Layers.Tests.Diffusion;

public sealed class ConditioningTests
{
    [Fact]
    public void Appended_rows_come_last()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Conditioning first = new() { ClassLabels = torch.tensor(new[] { 3L, 1L }) };
        Conditioning second = new() { ClassLabels = torch.tensor(new[] { 10L }) };

        first.Append(second).ClassLabels!.data<long>().ToArray().Should().Equal(3, 1, 10);
    }

    [Fact]
    public void Conditions_that_neither_has_stay_absent() => new Conditioning().Append(new Conditioning()).Should().Be(new Conditioning());

    [Fact]
    public void A_condition_that_only_one_of_two_has_is_rejected()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Conditioning with = new() { ClassLabels = torch.tensor(new[] { 3L }) }, without = new();
        const string Message = "One conditioning has a condition that the other lacks*";

        FluentActions.Invoking(() => with.Append(without)).Should().Throw<ArgumentException>().WithMessage(Message);
        FluentActions.Invoking(() => without.Append(with)).Should().Throw<ArgumentException>().WithMessage(Message);
    }
}
