namespace Tenon.Layers.Tests.Prompts;

public class PromptSlotTests
{
    private static readonly PromptShape Shape = new(2, 4, 8, 32);

    [Fact]
    public void Virtual_tokens_take_from_the_context()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        var slot = new PromptSlot(Shape, contextLength: 10);
        (slot.Prompt, slot.Count, slot.ContextLength).Should().Be((null, 0, 10));

        Prompt prompt = new(torch.zeros([2, 32]), torch.zeros([2, 2, 4, 3, 8]));
        slot.Prompt = prompt;
        (slot.Prompt, slot.Count, slot.ContextLength).Should().Be((prompt, 5, 5));

        slot.Prompt = null;
        (slot.Count, slot.ContextLength).Should().Be((0, 10));
    }

    [Fact]
    public void A_prompt_that_does_not_fit_is_rejected_and_the_previous_one_kept()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Prompt prompt = new(torch.zeros([2, 32]));
        var slot = new PromptSlot(Shape, contextLength: 10, minimumLeft: 4) { Prompt = prompt };

        Action wrong = () => slot.Prompt = new Prompt(torch.zeros([2, 31]));
        Action many = () => slot.Prompt = new Prompt(torch.zeros([7, 32]));

        wrong.Should().Throw<ModelException>().WithMessage("*[2, 31]*[tokens, 32]*");
        many.Should().Throw<ModelException>()
            .WithMessage("The prompt has 7 virtual tokens, which leaves 3 of the context length 10; at least 4 must be left*");
        (slot.Prompt, slot.Count).Should().Be((prompt, 2));
    }

    [Fact]
    public void Without_positions_any_number_fits()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        var slot = new PromptSlot(Shape) { Prompt = new Prompt(torch.zeros([5000, 32])) };
        slot.Count.Should().Be(5000);
    }
}
