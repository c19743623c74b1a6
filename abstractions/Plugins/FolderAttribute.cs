namespace Tenon;

/// <summary>
/// Marks a string option as the path of a folder that must exist when a run begins; relative paths are relative to the recipe's
/// folder. A recipe whose folder is missing is refused before anything is loaded, unless an earlier stage of its pipeline
/// creates the folder.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class FolderAttribute : Attribute;
