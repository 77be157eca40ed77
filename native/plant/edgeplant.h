/* C face of MuJoCo 2.2.2 for the rig: a plant (model and state) and renderers of it.
 *
 * A plant belongs to one thread at a time; a renderer belongs to the thread that made it, and may live on another thread than its plant, because it
 * copies nothing but the generalised positions that it is handed and reads only constant parts of the model.
 * Functions that can fail return 0 for success and -1 for failure; edgeplant_error() then says why. No function prints, exits or waits for a key. */
#ifndef EDGEPLANT_H
#define EDGEPLANT_H

#define EDGEPLANT_API __attribute__((visibility("default")))

typedef struct edgeplant edgeplant;
typedef struct edgeplant_renderer edgeplant_renderer;

/* Kinds of named things. */
enum { EDGEPLANT_BODY, EDGEPLANT_JOINT, EDGEPLANT_GEOM, EDGEPLANT_SITE, EDGEPLANT_EQUALITY };

/* Arrays of doubles that stay where they are for the life of the plant. */
enum {
    EDGEPLANT_QPOS,           /* nq */
    EDGEPLANT_QVEL,           /* nv */
    EDGEPLANT_APPLIED_FORCE,  /* nv, generalised forces of the motors */
    EDGEPLANT_FRICTION_LOSS,  /* nv, Nm: the brakes */
    EDGEPLANT_BODY_POSITION,  /* nbody x 3, world */
    EDGEPLANT_BODY_QUATERNION,/* nbody x 4, world, w first */
    EDGEPLANT_SITE_POSITION,  /* nsite x 3, world */
    EDGEPLANT_SITE_MATRIX,    /* nsite x 9, world, row-major */
    EDGEPLANT_BODY_MASS,      /* nbody, kg */
    EDGEPLANT_TIME,           /* 1, s */
    EDGEPLANT_BODY_FORCE      /* nbody x 6, N and Nm in the world: disturbances from outside */
};

/* One contact point. The force acts on geom2; on geom1 acts its opposite. */
typedef struct {
    int geom1, geom2;
    int body1, body2;
    double distance_m;        /* negative: penetration */
    double position_m[3];     /* world */
    double force_n[3];        /* world */
} edgeplant_contact;

/* Pinhole camera, world frame; forward and up are unit vectors at a right angle. */
typedef struct {
    double position_m[3];
    double forward[3];
    double up[3];
    double fov_y_rad;
} edgeplant_camera;

/* Why the last failing call on this thread failed. */
EDGEPLANT_API const char *edgeplant_error(void);

/* Compiles an MJCF text. NULL on failure. */
EDGEPLANT_API edgeplant *edgeplant_create(const char *xml, int bytes);
EDGEPLANT_API void edgeplant_destroy(edgeplant *plant);

/* Physics: count steps of the model's time step; or everything but the integration. */
EDGEPLANT_API int edgeplant_step(edgeplant *plant, int count);
EDGEPLANT_API int edgeplant_forward(edgeplant *plant);

/* Index by name; -1 when there is none. */
EDGEPLANT_API int edgeplant_find(const edgeplant *plant, int kind, const char *name);
EDGEPLANT_API double *edgeplant_array(edgeplant *plant, int which, int *count);
EDGEPLANT_API void edgeplant_joint_address(const edgeplant *plant, int joint, int *qpos, int *dof);

/* Switches a weld on (holding the two bodies as they stand now) or off. */
EDGEPLANT_API void edgeplant_weld(edgeplant *plant, int equality, int active);
/* Force (N, world) and torque about the body's origin (Nm, world) with which a weld pulled on its second body, which has a free joint, in the last step;
 * zeros when it is off. */
EDGEPLANT_API void edgeplant_weld_load(edgeplant *plant, int equality, double *force_n, double *torque_nm);

/* Contacts of the last step, at most capacity; returns how many there are. */
EDGEPLANT_API int edgeplant_contacts(const edgeplant *plant, edgeplant_contact *contacts, int capacity);
/* Bits of the geom's conaffinity: which things it collides with. */
EDGEPLANT_API void edgeplant_set_affinity(edgeplant *plant, int geom, int bits);

/* Offscreen renderer (surfaceless EGL) for pictures of at most this size; samples: 0 or 4. NULL on failure. */
EDGEPLANT_API edgeplant_renderer *edgeplant_renderer_create(const edgeplant *plant, int max_width, int max_height, int samples, int shadow_size);
EDGEPLANT_API void edgeplant_renderer_destroy(edgeplant_renderer *renderer);
/* Draws the plant in the given generalised positions (nq) into width x height x 3 bytes, blue green red, upper row first. */
EDGEPLANT_API int edgeplant_render(edgeplant_renderer *renderer, const double *qpos, const edgeplant_camera *camera, int width, int height, int shadow,
                                   unsigned char *bgr);

#endif
