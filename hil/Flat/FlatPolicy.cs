using Edge.Inference;
using Edge.Policy;

namespace Edge.Hil.Flat;

/// <summary>The baseline that the hierarchy is measured against: the policy's own network, told the task's sentence instead of a call and its target, without planner and memory.</summary>
public static class FlatPolicy
{
    /// <summary>Where its package lies unless told otherwise.</summary>
    public static string Package { get; } = Path.Combine("models", "flat");

    /// <summary>Opens the package and checks all of it.</summary>
    /// <exception cref="ModelException">It cannot be used here; the message names the field or the file.</exception>
    public static DiffusionPolicy Load(string folder) => DiffusionPolicy.Load(folder, package =>
    {
        var manifest = PolicyManifest.Parse(package.Details, SceneEncoder.Version, SceneEncoder.StateFeatures);
        return (manifest, new SceneInputs(manifest, package.Details));
    });
}
