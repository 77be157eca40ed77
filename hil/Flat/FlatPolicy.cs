using Edge.Inference;
using Edge.Policy;

namespace Edge.Hil.Flat;

/// <summary>The baseline that the hierarchy is measured against: the policy's own network, told the task's sentence instead of a call and its target, without planner and memory.</summary>
public static class FlatPolicy
{
    /// <summary>Where its package lies unless told otherwise.</summary>
    public static string Package { get; } = Path.Combine("models", "flat");

    /// <summary>Why the package cannot be used, and where it comes from when there is none; empty when it can.</summary>
    public static string WhyNot(string folder)
    {
        if (!Directory.Exists(folder))
            return $"{folder}: no such folder; 'make data train' makes {Package} (models/training/README.md has the commands for it alone)";
        try
        {
            Load(folder).Dispose();
            return "";
        }
        catch (ModelException e)
        {
            return e.Message;
        }
    }

    /// <summary>Opens the package and checks all of it.</summary>
    /// <exception cref="ModelException">It cannot be used here; the message names the field or the file.</exception>
    public static DiffusionPolicy Load(string folder) => DiffusionPolicy.Load(folder, package =>
    {
        var manifest = PolicyManifest.Parse(package.Details, SceneEncoder.Version, SceneEncoder.StateFeatures);
        return (manifest, new SceneInputs(manifest, package.Details));
    });
}
