using System.Reflection.Metadata;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Host.Plugins.Metadata;

/// <summary>Finds the components of a plugin through the attributes and interfaces of its classes.</summary>
/// <param name="assembly">The plugin's main assembly.</param>
/// <param name="world">Resolves types.</param>
internal sealed class ComponentReader(AssemblyFile assembly, TypeWorld world)
{
    /// <summary>Returns the components, by kind and name.</summary>
    /// <param name="plugin">The plugin that provides them.</param>
    /// <exception cref="ComponentException">
    /// A class has an attribute that does not match its interfaces, or a name is used twice.
    /// </exception>
    public IReadOnlyList<ComponentInfo> Read(PluginInfo plugin)
    {
        var components = new List<ComponentInfo>();
        foreach (CustomAttributeHandle handle in assembly.Reader.CustomAttributes)
        {
            CustomAttribute attribute = assembly.Reader.GetCustomAttribute(handle);
            if (attribute.Parent.Kind == HandleKind.TypeDefinition
                && assembly.DeclaringType(attribute.Constructor) is NamedType { IsContract: true } type
                && ComponentKind.All.FirstOrDefault(kind => kind.Attribute.FullName == type.FullName) is { } found)
                components.Add(Component(plugin, found, attribute));
        }

        foreach (IGrouping<(ComponentKind, string), ComponentInfo> same in components.GroupBy(c => (c.Kind, c.Name))
            .Where(g => g.Count() > 1))
        {
            throw new ComponentException(
                $"it provides the {same.First()} {same.Count()} times: " +
                $"{string.Join(", ", same.Select(c => c.TypeName).Order(StringComparer.Ordinal))}. Each name must belong to one class; " +
                "rename the others");
        }

        return [.. components.OrderBy(c => c.Kind.Order).ThenBy(c => c.Name, StringComparer.Ordinal)];
    }

    private ComponentInfo Component(PluginInfo plugin, ComponentKind kind, CustomAttribute attribute)
    {
        var self = (NamedType)assembly.Shape(attribute.Parent);
        IReadOnlyCollection<NamedType> own = world.Interfaces(self);
        NamedType role = own.FirstOrDefault(i => i.IsContract
            && i.FullName.StartsWith($"{kind.Interface.FullName}`", StringComparison.Ordinal))
            ?? throw new ComponentException($"its class {self.FullName} is marked as {kind.Name}, but does not implement " +
                $"{kind.Interface.FullName}");
        AttributeValues values = assembly.Values(attribute);

        // The options are read on first use, because their texts take time. Read here without texts, damage in them is found in time.
        _ = new OptionsReader(world, documented: false).Read(role.Arguments[0]);
        string? subject = (role.Arguments.ElementAtOrDefault(1) as NamedType)?.FullName;
        IReadOnlyCollection<NamedType> abilities = kind.ReadsModel ? ModelInterfaces(role.Arguments[1]) : own;
        return new ComponentInfo(plugin, kind, (string)values.Fixed[0]!, () => new OptionsReader(world).Read(role.Arguments[0]))
        {
            Summary = (string)values.Fixed[1]!,
            Stability = values.Named.TryGetValue(nameof(Stability), out object? stability) ? (Stability)(int)stability! : Stability.Preview,
            TypeName = self.FullName,
            Subject = subject,
            Requires = [.. ComponentKind.All.Where(other => values.Named.TryGetValue(other.NeedsKey, out object? needs) && needs is true)],
            Capabilities = kind.ReadsModel
                ? [.. abilities.Where(i => i.IsContract && i.Arguments.IsEmpty).Select(i => i.FullName).Order(StringComparer.Ordinal)] : [],
            Collates = ArgumentsOf(typeof(ICollate<>)),
            Reads = ArgumentsOf(typeof(IReads<>)),
            LearnsFrom = ArgumentsOf(typeof(ILearnsFrom<>)),
            Packs = ArgumentsOf(typeof(IPacks<>)),
            Outcomes = kind == ComponentKind.Reward && subject is not null ? [subject] : ArgumentsOf(typeof(IPolicy<>)),
            Selects = world.Bases(role.Arguments[0]).Any(b => b.IsContract && b.FullName == typeof(SelectionOptions).FullName),
            TrainsAdapter = HasAttribute(attribute.Parent, typeof(TrainsAdapterAttribute)),
            Trains = !values.Named.TryGetValue(nameof(StrategyAttribute.Trains), out object? trains) || trains is true,
            RunsInParallel =
                !values.Named.TryGetValue(nameof(StrategyAttribute.RunsInParallel), out object? parallel) || parallel is true,
            RunsInStages = values.Named.TryGetValue(nameof(StrategyAttribute.RunsInStages), out object? stages) && stages is true,
            DividesAdapter = values.Named.TryGetValue(nameof(StrategyAttribute.DividesAdapter), out object? divides) && divides is true,
            ModelTypes = Texts(values, nameof(ArchitectureAttribute.ModelTypes)),
            AdapterTypes = Texts(values, nameof(StrategyAttribute.AdapterTypes)),
            Opens = Texts(values, nameof(TokenizerAttribute.Opens)),
        };

        // The type arguments of each form of a generic interface that the class implements.
        IReadOnlyList<string> ArgumentsOf(Type contract) =>
            [.. abilities.Where(i => i.IsContract && i.FullName == contract.FullName).Select(i => ((NamedType)i.Arguments[0]).FullName)
                .Order(StringComparer.Ordinal)];
    }

    private bool HasAttribute(EntityHandle type, Type wanted) =>
        assembly.Attributes(assembly.Reader.GetTypeDefinition((TypeDefinitionHandle)type).GetCustomAttributes())
            .Any(found => found.Type == wanted.FullName);

    // The model type may be an interface of the contract.
    private IReadOnlyCollection<NamedType> ModelInterfaces(TypeShape model) =>
        model is NamedType { IsContract: true } contract ? [contract, .. world.Interfaces(model)] : world.Interfaces(model);

    private static IReadOnlyList<string> Texts(AttributeValues values, string name) =>
        values.Named.TryGetValue(name, out object? texts) ? [.. AttributeValues.Items(texts).OfType<string>()] : [];
}

/// <summary>A plugin's classes do not match their attributes.</summary>
/// <param name="message">Completes a sentence that starts with the plugin's name.</param>
internal sealed class ComponentException(string message) : Exception(message);
