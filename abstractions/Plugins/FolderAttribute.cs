namespace Tenon;

/// <summary>
/// Marks an option, a text, that names a folder which has to be there when a run begins; relative paths start at the
/// recipe's folder. A recipe whose folder is missing is refused before anything is loaded, unless an earlier stage of its
/// pipeline makes it.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class FolderAttribute : Attribute;
