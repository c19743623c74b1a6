using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tenon.Host.Artifacts;
using Tenon.Host.Evaluation;
using Tenon.Host.Evaluation.Plots;
using Tenon.Host.Evaluation.Rewards;
using Tenon.Host.Events;
using Tenon.Host.Inference.Images;
using Tenon.Host.Inference.Text;
using Tenon.Host.Models;
using Tenon.Host.Native;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Processes;
using Tenon.Host.Recipes;
using Tenon.Host.Runs;
using Tenon.Host.Training;

namespace Tenon.Host;

/// <summary>
/// Tenon as a library: reads recipes, plans and runs them, and opens the results. Plugins are discovered on first access and
/// loaded on first use. One run at a time.
/// </summary>
public sealed partial class TenonHost : IDisposable
{
    private readonly Lazy<PluginCatalogue> _catalogue;
    private readonly PluginHost _plugins;
    private readonly IPlots? _plots;
    private readonly ProcessGroup _processes = new(Launcher.Current);
    private readonly CheckpointRequests _requests = new();
    private readonly Job _job;

    /// <summary>Creates a host. Nothing is read yet.</summary>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <param name="loggers">Receives the plugins' logs; owned by the caller. Null to disable logging.</param>
    public TenonHost(TenonOptions? options = null, ILoggerFactory? loggers = null)
    {
        options ??= new TenonOptions();
        string file = options.PluginsFile ?? PluginsFile.FromEnvironment ?? PluginsFile.Beside;
        var locked = new Lazy<PluginLock?>(() => PluginLock.Beside(file));
        _catalogue = new Lazy<PluginCatalogue>(() =>
        {
            PluginCatalogue catalogue = PluginCatalogue.Read(file);
            if (catalogue.Plugins.Any(plugin => plugin.State == PluginState.Refused))
                Explain(catalogue, locked);
            LibTorchFolder.Choose(catalogue.File.LibTorch);
            return catalogue;
        });
        _plugins = new PluginHost(loggers ?? NullLoggerFactory.Instance, differences: plugin => locked.Value?.Differences(plugin) ?? []);
        _plots = options.Plots;
        _job = new Job(_processes, _requests);
    }

    /// <summary>The plugins and their components, read from metadata on first use.</summary>
    /// <exception cref="PluginsFileException">plugins.json is missing or invalid.</exception>
    public PluginCatalogue Catalogue => _catalogue.Value;

    internal ComponentFactory Components => new(Catalogue, _plugins);

    /// <summary>Reads and checks a recipe without loading a plugin. The folders in it must exist.</summary>
    /// <param name="path">The recipe's file.</param>
    /// <param name="overrides">Settings as on the command line: <c>--training:steps=100</c>.</param>
    public RecipeReading Read(string path, params IReadOnlyList<string> overrides) =>
        RecipeReader.Read(path, Catalogue, overrides, requireFolders: true);

    /// <summary>Checks a recipe that is an object: <c>new { model = new { use = "gpt", layers = 4 }, … }</c>.</summary>
    /// <param name="recipe">
    /// An object whose properties are a recipe's keys, or a <see cref="JsonObject"/>. Its relative paths start at its
    /// <c>baseDirectory</c>, otherwise at the working directory. Environment variables do not change it.
    /// </param>
    /// <param name="overrides">Settings as on the command line: <c>--training:steps=100</c>.</param>
    public RecipeReading ReadObject(object recipe, params IReadOnlyList<string> overrides) =>
        RecipeReader.Read(
            recipe as JsonObject ?? JsonSerializer.SerializeToNode(recipe, JsonSerializerOptions.Web) as JsonObject
                ?? throw new ArgumentException($"A recipe must be an object with keys, not {recipe}.", nameof(recipe)),
            Environment.CurrentDirectory, Catalogue, overrides, requireFolders: true);

    /// <summary>Plans a recipe on torch's meta device.</summary>
    /// <param name="recipe">A recipe without findings.</param>
    /// <exception cref="RecipeException">The options contradict each other.</exception>
    public RunPlan Plan(Recipe recipe) => Contained(() => new Planner(Components).Plan(recipe));

    /// <summary>Runs a recipe in a new folder.</summary>
    /// <param name="recipe">A recipe without findings.</param>
    /// <param name="progress">Receives events on the calling thread, or null.</param>
    /// <param name="stop">Stops the run after the current step, with a checkpoint.</param>
    /// <returns>Metrics of the run and its folder.</returns>
    /// <exception cref="OperationCanceledException">Cancelled; a checkpoint was written.</exception>
    public RunReport Run(Recipe recipe, Action<RunEvent>? progress = null, CancellationToken stop = default) =>
        InJob(() => new RunExecutor(Components, new RunEvents(progress), _plots, _job).Start(recipe, stop));

    /// <summary>Resumes a run from its newest checkpoint. If that is refused, its folder is unchanged.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="overrides">Settings as on the command line, for example more steps.</param>
    /// <param name="progress">Receives events on the calling thread, or null.</param>
    /// <param name="restart">Whether to restart the run from step 1, which replaces its model, metrics and checkpoints.</param>
    /// <param name="stop">Stops the run after the current step, with a checkpoint.</param>
    /// <returns>Metrics of the run; <see cref="RunReport.WasFinished"/> if there was nothing left to train.</returns>
    /// <exception cref="RecipeException">The folder's recipe or an override is invalid; the exception contains all findings.</exception>
    /// <exception cref="CheckpointException">
    /// The folder is not a run's folder, is in use, or has no checkpoint; or the checkpoint does not match.
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled; a checkpoint was written.</exception>
    public RunReport Resume(
        string folder, IReadOnlyList<string>? overrides = null, Action<RunEvent>? progress = null, bool restart = false,
        CancellationToken stop = default)
    {
        (RunFolder run, Recipe recipe) = StoredRecipe.Read(folder, Catalogue, overrides);
        return InJob(() => new RunExecutor(Components, new RunEvents(progress), _plots, _job)
            .Resume(recipe, run, How(overrides, restart), stop));
    }

    /// <summary>
    /// Reads every example of a recipe's data once, as a run would, and reports everything that cannot be used. No model is
    /// trained, but a tokenizer is, if the recipe trains one.
    /// </summary>
    /// <param name="recipe">A recipe without findings.</param>
    /// <param name="progress">Receives events on the calling thread, or null.</param>
    /// <param name="stop">Cancels the work.</param>
    /// <exception cref="RecipeException">The model's options contradict the data.</exception>
    public DataReport ValidateData(Recipe recipe, Action<RunEvent>? progress = null, CancellationToken stop = default) =>
        Contained(() => new DataValidator(Components, new RunEvents(progress)).Validate(recipe, stop).Report);

    private static Resumption How(IReadOnlyList<string>? overrides, bool restart) => new(restart, IsChanged: overrides is { Count: > 0 });

    /// <summary>
    /// Evaluates the model of a run's folder on the run's data with the same split, or the model of any folder on the data that the
    /// settings select. Nothing is written unless <see cref="EvaluationOptions.Output"/> names a folder.
    /// </summary>
    /// <param name="folder">A run's folder, or a model folder.</param>
    /// <param name="options">What to measure.</param>
    /// <param name="overrides">
    /// Settings as on the command line, for example to select other data, which a model folder requires. With <c>--parallel:tensor=2</c>,
    /// two processes of a launcher divide the layers of the model.
    /// </param>
    /// <param name="progress">Receives events on the calling thread, or null.</param>
    /// <param name="stop">Cancels the work.</param>
    /// <exception cref="RecipeException">The folder's recipe or an override is invalid; the exception contains all findings.</exception>
    /// <exception cref="ModelException">The folder has no model, or the model cannot be measured as requested.</exception>
    /// <exception cref="DataException">The data is missing, or does not match the model.</exception>
    public EvaluationReport Evaluate(
        string folder, EvaluationOptions options, IReadOnlyList<string>? overrides = null, Action<RunEvent>? progress = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        (IReadOnlyList<string> settings, bool divide) = LayerProcesses.Complete(Catalogue, overrides ?? []);
        EvaluationSubject subject = EvaluationSubject.Of(Components, folder, options, settings);
        return AsRank(() => new Evaluator(
            Components, new RunEvents(progress), _plots, _job.OpenLayers(Components, divide ? subject.Recipe.Parallel : null))
            .Evaluate(subject.Folder, subject.Recipe, subject.Options, stop));
    }

    /// <summary>
    /// Generates text with a language model and measures its reward, its diversity and its KL divergence from a reference model.
    /// </summary>
    /// <param name="folder">A run's folder, or a model folder.</param>
    /// <param name="reward">Name of the reward.</param>
    /// <param name="reference">Folder of the reference model, with the same tokenizer; null for none.</param>
    /// <param name="options">Prompts and sampling.</param>
    /// <param name="device">Name of the device; null for the first in the catalogue.</param>
    /// <param name="settings">Options of reward and device: <c>--reward:score=mean</c>, <c>--device:precision=bf16</c>.</param>
    /// <param name="progress">Receives events on the calling thread, or null.</param>
    /// <param name="stop">Cancels the work.</param>
    /// <exception cref="ModelException">A folder is not a model folder, or a model lacks a capability.</exception>
    /// <exception cref="OptionsException">No plugin provides the reward.</exception>
    /// <exception cref="RecipeException">A setting is invalid; the exception contains all findings.</exception>
    public ScoringReport Judge(
        string folder, string reward, string? reference, ScoringOptions options, string? device = null,
        IReadOnlyList<string>? settings = null, Action<RunEvent>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var scoring = new FolderScoring(Components, new RunEvents(progress));
        ILookup<bool, string> of = RecipeSettings.Joined(settings ?? [])
            .ToLookup(setting => setting.StartsWith("--reward:", StringComparison.OrdinalIgnoreCase));
        ComponentChoice choice = scoring.Choose(reward, [.. of[true]]);
        using OpenedModel opened = Open(folder, device, [.. of[false]], progress: progress);
        return scoring.Score(folder, opened, choice, reference, options, stop);
    }

    /// <summary>Opens a sampler for <see cref="ImageSampler"/>.</summary>
    /// <param name="name">Name of the sampler; null for the first one that plugins provide.</param>
    /// <param name="settings">Its options as on the command line: <c>--sampler:eta=0.5</c>.</param>
    /// <exception cref="NotOfferedException">No plugin provides a sampler with that name.</exception>
    /// <exception cref="RecipeException">A setting is invalid; the exception contains all findings.</exception>
    public ChosenSampler Sampler(string? name = null, IReadOnlyList<string>? settings = null) =>
        new SamplerOpener(Components).Open(name, settings ?? []);

    /// <summary>Opens the tokenizer of a run's folder, or of a folder in Hugging Face's layout.</summary>
    /// <param name="folder">The folder; the model's other files are not needed.</param>
    /// <exception cref="ModelException">The folder does not exist, or has no tokenizer.</exception>
    /// <exception cref="DataException">A file of the tokenizer is malformed or unsupported.</exception>
    public ITokenizer OpenTokenizer(string folder)
    {
        if (!Directory.Exists(folder))
            throw new ModelException(MissingFolder.Message(folder));
        return new ModelFolderOpener(Components).FindTokenizer(folder)
            ?? throw new ModelException($"'{folder}' has no tokenizer: it contains none of " +
                $"{string.Join(", ", ModelFolderOpener.TokenizerFiles)}.");
    }

    /// <summary>Opens a run's folder, or a model folder in Hugging Face's layout. The caller disposes the result.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="device">Name of the device; null for the first in the catalogue.</param>
    /// <param name="settings">
    /// Options of the device, <c>--device:precision=bf16</c>, and of processes of a launcher that divide the layers of the model,
    /// <c>--parallel:tensor=2</c>. Such processes use the model at the same time with the same inputs.
    /// </param>
    /// <param name="adapters">Adapters to apply in addition to the folder's own; null for none.</param>
    /// <param name="baseModel">Folder of the base model of the folder's adapter; null for the one that the adapter names.</param>
    /// <param name="weights">
    /// Format of the weights of a model that only generates: fp32, bf16, int8, or auto for bf16 if the device runs in bf16,
    /// otherwise fp32. On a CPU the model then has no other copy of them, so that it cannot be trained, merged or saved. Null for
    /// all parameters.
    /// </param>
    /// <param name="progress">Receives <see cref="OpenedModel.Remarks"/> as events on the calling thread, or null.</param>
    /// <exception cref="ModelException">
    /// The folder is not a model folder, its weights do not match its configuration, or an adapter does not match.
    /// </exception>
    /// <exception cref="OptionsException">The model does not support the format of its weights.</exception>
    /// <exception cref="NotOfferedException">No plugin opens this type of model, or provides the device.</exception>
    /// <exception cref="DeviceException">The device cannot be used.</exception>
    public OpenedModel Open(
        string folder, string? device = null, IReadOnlyList<string>? settings = null, IReadOnlyList<AdapterChoice>? adapters = null,
        string? baseModel = null, string? weights = null, Action<RunEvent>? progress = null)
    {
        var opener = new ModelFolderOpener(Components, new RunEvents(progress).Warn);
        opener.Describe(folder, baseModel);
        (ComponentChoice? processes, IReadOnlyList<string> others) = LayerProcesses.Choose(Catalogue, settings ?? []);
        var devices = new DeviceOpener(Components);
        ComponentChoice choice = devices.Choose(device, others);
        return AsRank(() =>
        {
            World world = _job.OpenLayers(Components, processes);
            IOpenDevice open = devices.Open(choice, largeProducts: false);
            OpenedModel? model = null;
            try
            {
                if (world.IsParallel)
                    SharedProcessors.Of(world, open, choice);
                WeightFormat? packed = weights is null ? null : GenerationWeights.Format(weights, open.Precision);
                if (world.IsParallel && packed == WeightFormat.Int8)
                    throw new OptionsException("--weights int8: the numbers of each output share a scale, but processes that divide the " +
                        "layers have different ones. Use fp32 or bf16, or start one process.");
                model = opener.Open(folder, open, ownsDevice: true, adapters, baseModel, packed, world);
                if (weights is not null)
                    GenerationWeights.Apply(model, weights);
                return model;
            }
            catch
            {
                if (model is null)
                    open.Dispose();
                else
                    model.Dispose();
                throw;
            }
        });
    }

    /// <summary>
    /// Runs an action that uses components. Exceptions of a plugin that are not part of the contract are rethrown with the plugin's
    /// name.
    /// </summary>
    /// <param name="act">The action.</param>
    /// <exception cref="PluginException">A plugin's code threw an exception.</exception>
    /// <exception cref="MemoryException">There is not enough memory.</exception>
    internal T Contained<T>(Func<T> act)
    {
        try
        {
            return act();
        }
        catch (Exception failure) when (MemoryException.Of(failure) is { } outOfMemory)
        {
            throw outOfMemory;
        }
        catch (Exception failure) when (_plugins.AttributeToPlugin(failure) is { } blamed)
        {
            throw blamed;
        }
    }

    /// <summary>Disconnects this process from others, which do so at the same time, and disposes the plugins' services.</summary>
    /// <exception cref="PluginException">A service threw; all were disposed.</exception>
    public void Dispose()
    {
        _processes.Dispose();
        _plugins.Dispose();
    }

    private static void Explain(PluginCatalogue catalogue, Lazy<PluginLock?> locked)
    {
        try
        {
            locked.Value?.Explain(catalogue);
        }
        catch (PluginException unreadable)
        {
            // Reports why a plugin is refused even without the lock.
            foreach (PluginInfo plugin in catalogue.Plugins.Where(plugin => plugin.State == PluginState.Refused))
                plugin.In(PluginState.Refused, $"{plugin.Reason} {unreadable.Message}");
        }
    }
}
