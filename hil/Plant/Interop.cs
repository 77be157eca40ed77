using System.Runtime.InteropServices;

namespace Edge.Hil.Plant;

/// <summary>The C face of MuJoCo: native/plant/edgeplant.h says what each function does.</summary>
internal static unsafe partial class Interop
{
    private const string Library = "edgeplant";

    /// <summary>Kinds of named things.</summary>
    public enum Kind
    {
        Body,
        Joint,
        Geom,
        Site,
        Equality,
    }

    /// <summary>Arrays of the model and the state.</summary>
    public enum Field
    {
        Qpos,
        Qvel,
        AppliedForce,
        FrictionLoss,
        BodyPosition,
        BodyQuaternion,
        SitePosition,
        SiteMatrix,
        BodyMass,
        Time,
        BodyForce,
    }

    /// <summary>edgeplant_contact.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Contact
    {
        public int Geom1;
        public int Geom2;
        public int Body1;
        public int Body2;
        public double DistanceM;
        public fixed double PositionM[3];
        public fixed double ForceN[3];
    }

    /// <summary>edgeplant_camera.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Camera
    {
        public fixed double PositionM[3];
        public fixed double Forward[3];
        public fixed double Up[3];
        public double FovYRad;
    }

    [LibraryImport(Library, EntryPoint = "edgeplant_error", StringMarshalling = StringMarshalling.Utf8)]
    private static partial byte* ErrorText();

    /// <summary>Why the last failing call on this thread failed.</summary>
    public static string Error() => Marshal.PtrToStringUTF8((nint)ErrorText()) ?? "";

    [LibraryImport(Library, EntryPoint = "edgeplant_create")]
    public static partial nint Create(byte* xml, int bytes);

    [LibraryImport(Library, EntryPoint = "edgeplant_destroy")]
    public static partial void Destroy(nint plant);

    [LibraryImport(Library, EntryPoint = "edgeplant_step")]
    public static partial int Step(PlantHandle plant, int count);

    [LibraryImport(Library, EntryPoint = "edgeplant_forward")]
    public static partial int Forward(PlantHandle plant);

    [LibraryImport(Library, EntryPoint = "edgeplant_find", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Find(PlantHandle plant, Kind kind, string name);

    [LibraryImport(Library, EntryPoint = "edgeplant_array")]
    public static partial double* Array(PlantHandle plant, Field which, out int count);

    [LibraryImport(Library, EntryPoint = "edgeplant_joint_address")]
    public static partial void JointAddress(PlantHandle plant, int joint, out int qpos, out int dof);

    [LibraryImport(Library, EntryPoint = "edgeplant_weld")]
    public static partial void Weld(PlantHandle plant, int equality, int active);

    [LibraryImport(Library, EntryPoint = "edgeplant_weld_load")]
    public static partial void WeldLoad(PlantHandle plant, int equality, double* forceN, double* torqueNm);

    [LibraryImport(Library, EntryPoint = "edgeplant_contacts")]
    public static partial int Contacts(PlantHandle plant, Contact* contacts, int capacity);

    [LibraryImport(Library, EntryPoint = "edgeplant_set_affinity")]
    public static partial void SetAffinity(PlantHandle plant, int geom, int bits);

    [LibraryImport(Library, EntryPoint = "edgeplant_renderer_create")]
    public static partial nint CreateRenderer(PlantHandle plant, int maxWidthPx, int maxHeightPx, int samples, int shadowSize);

    [LibraryImport(Library, EntryPoint = "edgeplant_renderer_destroy")]
    public static partial void DestroyRenderer(nint renderer);

    [LibraryImport(Library, EntryPoint = "edgeplant_render")]
    public static partial int Render(nint renderer, double* qpos, in Camera camera, int width, int height, int shadow, byte* bgr);
}

/// <summary>Owns a native plant.</summary>
internal sealed class PlantHandle() : SafeHandle(0, true)
{
    public override bool IsInvalid => handle == 0;

    /// <summary>Compiles an MJCF text; an error of the text is a fault of the generator, hence an exception.</summary>
    public static unsafe PlantHandle FromXml(byte[] xml)
    {
        var plant = new PlantHandle();
        fixed (byte* text = xml)
            plant.SetHandle(Interop.Create(text, xml.Length));
        return plant.IsInvalid ? throw new InvalidOperationException($"MuJoCo refused the plant's model: {Interop.Error()}") : plant;
    }

    protected override bool ReleaseHandle()
    {
        Interop.Destroy(handle);
        return true;
    }
}
