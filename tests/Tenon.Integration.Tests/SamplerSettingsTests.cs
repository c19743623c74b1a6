namespace Tenon.Integration.Tests;

/// <summary>
/// Samplers in recipes and on the command line: what does not fit is refused before anything is opened, with the way to write it.
/// </summary>
[Collection(InOneProcess.Name)]
public sealed class SamplerSettingsTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public void A_sampler_for_a_model_that_is_no_denoiser() => Refused(
        "sampler:use: The sampler 'ddim' samples from diffusion models, but models of the architecture 'vit' are not. " +
        "Remove the section. Suitable architectures: diffusion.",
        "validate", "vit-digits", "--sampler:use", "ddim");

    [Fact]
    public void An_unknown_sampler_in_a_recipe() => Refused(
        "sampler:use: is 'dimm', but no plugin provides this sampler. Did you mean 'ddim'? Available: ddim, ddpm.",
        "validate", "diffusion-digits", "--sampler:use", "dimm");

    [Fact]
    public void An_unknown_sampler_of_the_command() => Refused(
        "Unknown sampler 'dimm'. Available: ddim, ddpm. Did you mean 'ddim'?",
        "sample", "runs/nowhere", "--sampler", "dimm");

    [Fact]
    public void An_option_of_the_sampler_without_its_section() => Refused(
        "eta: is not a valid setting here. Did you mean '--sampler:eta'? Settings start with --sampler:",
        "sample", "runs/nowhere", "--eta", "0.5");

    [Fact]
    public void An_option_that_the_sampler_does_not_have() => Refused(
        "sampler:etta: is not a key of the sampler 'ddim'. Did you mean 'eta'?",
        "sample", "runs/nowhere", "--sampler", "ddim", "--sampler:etta", "1");

    [Fact]
    public void The_key_of_earlier_versions() => Refused(
        "samples:denoisingSteps: is now 'sampler:steps'. Move its value there.",
        "validate", "diffusion-digits", "--samples:denoisingSteps", "5");

    private void Refused(string sentence, params string[] arguments)
    {
        ProgramResult result = InProcess.Run(_workspace.Folder, arguments);
        result.ExitCode.Should().Be(2, result.All);
        result.All.Should().Contain(sentence).And.NotContain("Unexpected failure");
    }
}
