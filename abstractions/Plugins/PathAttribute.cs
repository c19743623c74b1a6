namespace Tenon;

/// <summary>
/// Marks a string option, or each item of a list of strings, as the path of a file, or a pattern of paths. Relative paths in a
/// recipe start at the recipe's folder; typed on a command line they start at the working directory, and the option receives an
/// absolute path. <see cref="FolderAttribute"/> does the same for folders, which must exist.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PathAttribute : Attribute;
