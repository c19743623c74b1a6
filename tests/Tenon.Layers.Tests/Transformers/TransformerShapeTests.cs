namespace Tenon.Layers.Tests.Transformers;

public class TransformerShapeTests
{
    private static readonly TransformerShape Published = new(12, 768, 12, 2000);

    [Fact]
    public void Options_replace_the_preset_s_sizes()
    {
        Published.With(null, null, null, null).Should().Be(Published);
        Published.With(2, null, 6, 100).Should().Be(new TransformerShape(2, 768, 6, 100));
    }

    [Fact]
    public void Heads_and_feed_forward_size_follow_a_different_hidden_size()
    {
        Published.With(null, 256, null, null).Should().Be(new TransformerShape(12, 256, 4, 1024));
        Published.With(null, 32, null, null).Heads.Should().Be(1);
        Published.With(null, 768, null, null).Should().Be(Published);
    }

    [Fact]
    public void Heads_divide_the_hidden_size()
    {
        Action odd = () => Published.With(null, 100, 3, null);
        odd.Should().Throw<ModelException>()
            .WithMessage("'hiddenSize' is 100, which is not divisible by 3 heads. Set 'heads' to a divisor*");
    }

    [Fact]
    public void Options_that_are_not_resolved_are_rejected_by_name()
    {
        Action resolved = () => TransformerShape.Resolved(2, 64, null, 256);
        resolved.Should().Throw<ModelException>().WithMessage("'heads' is not set because the options are not resolved.*");
        TransformerShape.Resolved(2, 64, 4, 256).PromptShape.Should().Be(new PromptShape(2, 4, 16, 64));
    }
}
