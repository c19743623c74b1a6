namespace Tenon.Layers.Tests.Modules;

public class ActivationsTests
{
    [Fact]
    public void Unknown_names_suggest_the_nearest_name()
    {
        Action find = () => Activations.Find("quickgelu", "hidden_act");

        find.Should().Throw<ModelException>().WithMessage("'hidden_act' is 'quickgelu'*Did you mean 'quick_gelu'?*Allowed: gelu, *");
    }
}
