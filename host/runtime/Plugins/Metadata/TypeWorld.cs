using System.Reflection.Metadata;

namespace Tenon.Host.Plugins.Metadata;

/// <summary>Resolves the types of a plugin among the assemblies in its folder and the contract.</summary>
/// <param name="files">The assemblies of the folder.</param>
internal sealed class TypeWorld(IEnumerable<AssemblyFile> files)
{
    private readonly Dictionary<string, AssemblyFile> _files = Index(files);

    /// <summary>Returns the definition of a type, or null for types of the framework or torch.</summary>
    public (AssemblyFile File, TypeDefinition Type)? Resolve(TypeShape shape) =>
        shape is NamedType named && _files.TryGetValue(named.Assembly, out AssemblyFile? file) && file.Find(named.FullName) is { } type
            ? (file, type)
            : null;

    /// <summary>Returns all interfaces of a type, including those of its base classes and those that its interfaces extend.</summary>
    public IReadOnlyCollection<NamedType> Interfaces(TypeShape shape)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        var interfaces = new List<NamedType>();
        Collect(shape, 0);
        return interfaces;

        void Collect(TypeShape current, int levels)
        {
            if (Resolve(current) is not { } at)
                return;
            MetadataCheck.Inheritance(levels, current);
            IReadOnlyList<TypeShape> arguments = ((NamedType)current).Arguments;
            foreach (InterfaceImplementationHandle handle in at.Type.GetInterfaceImplementations())
            {
                EntityHandle implemented = at.File.Reader.GetInterfaceImplementation(handle).Interface;
                if (at.File.Shape(implemented).Substitute(arguments) is not NamedType type
                    || !found.Add($"{type.Assembly}:{type.FullName}<{string.Join(',', type.Arguments)}>"))
                    continue;
                interfaces.Add(type);
                Collect(type, levels + 1);
            }

            if (Base(at.File, at.Type, arguments) is { } parent)
                Collect(parent, levels + 1);
        }
    }

    /// <summary>Returns the base classes of a type, nearest first, up to a framework class.</summary>
    public IEnumerable<NamedType> Bases(TypeShape shape)
    {
        for (int levels = 1; Resolve(shape) is { } at && Base(at.File, at.Type, []) is NamedType parent; levels++)
        {
            MetadataCheck.Inheritance(levels, parent);
            yield return parent;
            shape = parent;
        }
    }

    /// <summary>Returns the base class of a type, or null for an interface and for object.</summary>
    public static TypeShape? Base(AssemblyFile file, TypeDefinition type, IReadOnlyList<TypeShape> arguments) =>
        type.BaseType.IsNil ? null : file.Shape(type.BaseType).Substitute(arguments);

    private static Dictionary<string, AssemblyFile> Index(IEnumerable<AssemblyFile> files)
    {
        var index = new Dictionary<string, AssemblyFile>(StringComparer.OrdinalIgnoreCase);
        foreach (AssemblyFile file in files)
            index[file.Name] = file;

        // The host's contract takes precedence over a copy in the folder, just as when the plugin is loaded.
        index[ContractAssembly.Name] = ContractAssembly.File;
        return index;
    }
}
