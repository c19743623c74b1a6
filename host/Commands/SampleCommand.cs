using System.CommandLine;
using System.Text.Json.Nodes;
using Tenon.Host;
using Tenon.Host.Artifacts;
using Tenon.Host.Events;
using Tenon.Host.Inference.Images;
using Tenon.Host.Models;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Recipes;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Cli.Commands;

/// <summary>
/// <c>tenon sample</c>: generates images with a denoiser, as a grid and optionally as a film strip of the denoising steps.
/// </summary>
internal static class SampleCommand
{
    private const int FilmFrames = 10;
    private const int FilmRows = 8;

    /// <summary>Creates the command.</summary>
    /// <param name="session">The state that all commands share.</param>
    public static Command Create(Session session)
    {
        var defaults = new ImageSamplingOptions();
        Argument<string> folder = CommandLine.Folder();
        var count = new Option<int>("--count", "-n")
        {
            Description = "Images per class (a row of the grid); in total if there are no classes.",
            DefaultValueFactory = _ => 8,
        };
        var classes = new Option<string[]>("--class") { Description = "Name of a class (repeatable). Default: all classes." };
        var steps = new Option<int?>("--steps")
        {
            Description = "Denoising steps. Default: set by the sampler; 50 for ddim, and all timesteps of the model for ddpm.",
        };
        var sampler = new Option<string?>("--sampler")
        {
            Description = $"The sampler{session.Names(ComponentKind.Sampler)}. Default: the first one that plugins provide.",
        };
        var guidance = new Option<double>("--guidance")
        {
            Description = "Scale of classifier-free guidance; 1 turns it off.",
            DefaultValueFactory = _ => defaults.Guidance,
        };
        var seed = new Option<long>("--seed") { Description = "Equal seeds give equal images.", DefaultValueFactory = _ => defaults.Seed };
        var output = new Option<string>("--output", "-o") { Description = "File for the grid.", DefaultValueFactory = _ => "grid.png" };
        var film = new Option<string?>("--film") { Description = "File for a film strip from noise to image." };
        count.Accept(value => value is >= 1 and <= 1000, "1 … 1000");
        steps.Accept(value => value is null or >= 1, "1 or more");
        guidance.Accept(value => value is >= 0 and <= 100, "0 … 100");
        seed.Accept(value => value >= 0, "0 or more");
        var command = new Command("sample", "Generates images with a diffusion model, one row per class.")
        {
            folder, Session.Settings("Options of the sampler and the device, such as --sampler:eta 0.5 or --device:precision bf16."),
            count, classes, steps, sampler, guidance, seed, output, film, session.Adapters, session.Device, session.Json,
        };
        command.SetAction(result => session.WithHost(result, (host, stop) =>
        {
            ILookup<bool, string> settings = RecipeSettings.Joined(session.SettingsOf(result))
                .ToLookup(setting => IsOfSampler(host.Catalogue, setting));
            ChosenSampler chosen = host.Sampler(result.GetValue(sampler), [.. settings[true]]).WithSteps(result.GetValue(steps));
            using OpenedModel opened = session.Open(
                host, result, result.GetValue(folder)!, [.. settings[false]], session.AdaptersOf(result));
            var model = opened.As<IDenoiser>("sample");
            int each = result.GetValue(count);
            int[] rows = ClassRows.Of(model, result.GetValue(classes) ?? [], each);
            var options = new ImageSamplingOptions
            {
                Count = Math.Max(rows.Length, each),
                Classes = rows.Length > 0 ? rows : null,
                Guidance = result.GetValue(guidance),
                Seed = result.GetValue(seed),
                Frames = result.GetValue(film) is null ? 0 : FilmFrames,
            };
            using SampledImages made = session.WithProgress(
                progress => opened.Sample(
                    chosen, options, (done, all) => progress(new ActivityChanged($"sampling, {done} of {all} passes")), stop),
                quiet: result.GetValue(session.Json));
            string grid = Path.GetFullPath(result.GetValue(output)!);
            Picture.Write(grid, () => ImageGrid.Png(made.Images, ClassRows.Captions(model, made.Classes, each), each));
            string? strip = result.GetValue(film) is { } path ? Path.GetFullPath(path) : null;
            if (strip is not null)
                Picture.Write(strip, () => Film(made, each, model.Labels));
            Show(session, result.GetValue(session.Json), options, chosen, grid, strip, model);
            return ExitCode.Done;
        }));
        return command;
    }

    // Includes settings without the section, so that the reader of the sampler's settings can report how to write them.
    private static bool IsOfSampler(PluginCatalogue catalogue, string setting)
    {
        string key = setting.Split('=')[0].TrimStart('-');
        return key.StartsWith($"{ComponentKind.Sampler.Section}:", StringComparison.OrdinalIgnoreCase)
            || catalogue.OfKind(ComponentKind.Sampler).Any(sampler => sampler.Options.Find(key) is not null);
    }

    // The first image of each row.
    private static byte[] Film(SampledImages made, int each, IReadOnlyList<string> labels)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        int stride = made.Classes.Count > each ? each : 1;
        int[] rows = [.. Enumerable.Range(0, (int)made.Images.size(0)).Where(image => image % stride == 0)];
        Tensor shown = torch.tensor(Array.ConvertAll(rows, row => (long)row));
        string[]? captions = made.Classes.Count == 0 ? null : Array.ConvertAll(rows, row => labels[made.Classes[row]]);
        return ImageGrid.FilmStrip([.. made.Frames.Select(frame => frame.index_select(0, shown))], FilmRows, captions);
    }

    private static void Show(
        Session session, bool json, ImageSamplingOptions options, ChosenSampler sampler, string grid, string? film, IDenoiser model)
    {
        if (json)
        {
            session.Write(new JsonObject
            {
                ["grid"] = grid,
                ["film"] = film,
                ["images"] = options.Count,
                ["classes"] = new JsonArray([.. (options.Classes ?? []).Distinct().Select(index => (JsonNode)model.Labels[index])]),
                ["sampler"] = sampler.Name,
                ["steps"] = sampler.StepsFor(model),
                ["guidance"] = options.Guidance,
                ["seed"] = options.Seed,
            });
            return;
        }

        session.Line($"{options.Count} images   {grid}");
        if (film is not null)
            session.Line($"film   {film}");
    }
}
