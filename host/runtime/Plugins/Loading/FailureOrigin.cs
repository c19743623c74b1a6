using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.Loader;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Host.Plugins.Loading;

/// <summary>
/// Finds the origin of a failure in a plugin from the stack trace, because models, data and tokenizers are called throughout the
/// host, by strategies, and on worker threads.
/// </summary>
internal sealed class FailureOrigin
{
    private static readonly Assembly Host = typeof(FailureOrigin).Assembly;

    private readonly MethodBase _entry;
    private readonly ComponentKind? _kind;
    private readonly string _line;

    private FailureOrigin(AssemblyLoadContext context, MethodBase entry, ComponentKind? kind, string line) =>
        (Context, _entry, _kind, _line) = (context, entry, kind, line);

    /// <summary>The load context of the plugin.</summary>
    public AssemblyLoadContext Context { get; }

    /// <summary>Returns the root cause of a failure, inside exceptions that only wrap it.</summary>
    /// <param name="failure">Any exception.</param>
    public static Exception Cause(Exception failure) => failure.InnerException is { } inner && IsWrapper(failure) ? Cause(inner) : failure;

    /// <summary>Type and message of a failure in one sentence, without the native frames that torch adds.</summary>
    /// <param name="cause">Any exception.</param>
    public static string Describe(Exception cause)
    {
        int native = cause.Message.IndexOf("\nException raised from ", StringComparison.Ordinal);
        string message = (native < 0 ? cause.Message : cause.Message[..native]).ReplaceLineEndings(" ");
        return $"{cause.GetType().Name}: {message.TrimEnd(' ', '.')}.";
    }

    /// <summary>Returns whether an exception's message is meant for the user.</summary>
    /// <param name="cause">Any exception.</param>
    public static bool IsForUser(Exception cause) =>
        (cause.GetType().Assembly is var assembly && (assembly == typeof(IModel).Assembly || assembly == Host))
        || cause is OperationCanceledException or IOException or UnauthorizedAccessException;

    /// <summary>Finds the origin of a failure: the innermost plugin on the stack.</summary>
    /// <param name="cause">A thrown exception.</param>
    /// <returns>Null if no plugin is on the stack, or the host failed while a plugin was calling it.</returns>
    public static FailureOrigin? Of(Exception cause)
    {
        AssemblyLoadContext? own = null;
        MethodBase? entry = null;
        ComponentKind? kind = null;
        string line = "";
        foreach (StackFrame frame in new StackTrace(cause, fNeedFileInfo: true).GetFrames())
        {
            if (frame.GetMethod() is not { } method)
                continue;
            bool isHost = method.Module.Assembly == Host;
            AssemblyLoadContext? context = AssemblyLoadContext.GetLoadContext(method.Module.Assembly);
            bool isPlugin = context is not null && context != AssemblyLoadContext.Default
                && context != AssemblyLoadContext.GetLoadContext(Host);
            // Argument exceptions thrown by the host are the caller's fault; all other exceptions of the host are its own.
            if (own is null && isHost && cause is not (InvalidOperationException or ArgumentException))
                return null;
            if (own is null && isPlugin)
            {
                own = context;
                if (frame.GetFileName() is { Length: > 0 } file)
                    line = string.Create(CultureInfo.InvariantCulture, $" ({Path.GetFileName(file)}:{frame.GetFileLineNumber()})");
            }

            ComponentKind? role = isPlugin && context == own ? Role(method) : null;
            // The boundary: the frames outside this one called the component. Helpers and torch may be in between.
            if (kind is not null && (isHost || (isPlugin && context != own) || (role is not null && role != kind)))
                break;
            if (isPlugin && context == own && (role is not null || kind is null))
                (entry, kind) = (method, role);
        }

        return own is null ? null : new FailureOrigin(own, entry!, kind, line);
    }

    /// <summary>
    /// The plugin member that was called, and the file and line of the failure if symbols are available: <c>ThingModel.Loss
    /// (ThingModel.cs:81)</c>.
    /// </summary>
    public string Place => $"{Name(_entry)}{_line}";

    /// <summary>Component and location, as part of a sentence.</summary>
    /// <param name="made">The created components of the plugin.</param>
    public string Where(IEnumerable<ComponentInfo> made)
    {
        ComponentInfo[] possible = [.. made.Where(component => component.Kind == _kind)];
        ComponentInfo[] named = possible.Length == 1
            ? possible : [.. possible.Where(component => Types(_entry).Any(type => type.FullName == component.TypeName))];
        return named is [var one] ? $"its {one}, in {Place}" : Place;
    }

    private static bool IsWrapper(Exception failure) =>
        failure is TargetInvocationException or TypeInitializationException or AggregateException
        or InvalidOperationException { InnerException: TargetInvocationException or TypeInitializationException };

    // The first matching kind is used; architectures come last, because other components may also contain models.
    private static ComponentKind? Role(MethodBase method) => Types(method)
        .Select(type => ComponentKind.All.Reverse()
            .FirstOrDefault(kind => kind.Parts.Prepend(kind.Interface).Any(contract => Implements(type, contract))))
        .FirstOrDefault(kind => kind is not null);

    // The class of a method and its enclosing classes: the classes of closures and iterators are generated by the compiler.
    private static IEnumerable<Type> Types(MethodBase method)
    {
        for (Type? type = method.DeclaringType; type is not null; type = type.DeclaringType)
            yield return type;
    }

    private static bool Implements(Type type, Type contract) => contract.IsGenericTypeDefinition
        ? type.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == contract)
        : contract.IsAssignableFrom(type);

    private static string Name(MethodBase method)
    {
        Type type = Types(method).FirstOrDefault(t => !t.Name.StartsWith('<')) ?? method.DeclaringType!;
        string owner = type.Name.Split('`')[0];
        // A closure's method is <Run>b__0, an iterator's class <Read>d__5.
        string name = new[] { method.Name, method.DeclaringType!.Name }.Where(n => n.StartsWith('<') && n.IndexOf('>') > 1)
            .Select(n => n[1..n.IndexOf('>')]).FirstOrDefault() ?? method.Name;
        // An explicit implementation has the interface's name before its own.
        name = name.LastIndexOf('.') is > 0 and var dot ? name[(dot + 1)..] : name;
        return name switch
        {
            ".cctor" => $"the type initializer of {owner}",
            ".ctor" => $"the constructor of {owner}",
            _ when method.IsSpecialName && (name.StartsWith("get_", StringComparison.Ordinal)
                || name.StartsWith("set_", StringComparison.Ordinal)) => $"{owner}.{name[4..]}",
            _ => $"{owner}.{name}",
        };
    }
}
